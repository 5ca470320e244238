import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "./paths.ts";

const wellKnown = [
  "/etc/rancher/k3s/config.yaml",
  "/etc/rancher/k3s/registries.yaml",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/proc/meminfo",
  "/proc/self/limits",
  "/proc/self/mountinfo",
  "/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl",
];
const directories = ["/var/lib/rancher/k3s/server/manifests", "/etc/rancher", "/k3d", "/bin"];
const maximum = 256 * 1024;

function contentOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= maximum ? readFileSync(file, "utf8") : undefined;
}

/** Writes what this node was started with to `stand-in/report.json`, for tests to look at. */
export function writeReport(paths: Paths, argv: string[], env: NodeJS.ProcessEnv): void {
  const files = Object.fromEntries(
    wellKnown.map((name) => [name, contentOf(paths.at(name)) ?? null]),
  );
  const listings = Object.fromEntries(
    directories.map((name) => {
      const path = paths.at(name);
      const list = existsSync(path)
        ? readdirSync(path, { recursive: true }).map(String).sort()
        : null;
      return [name, list];
    }),
  );
  const file = paths.data("stand-in", "report.json");
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify(
      {
        argv,
        env,
        pid: process.pid,
        startTime: new Date(Date.now() - process.uptime() * 1000).toISOString(),
        cwd: process.cwd(),
        user: process.getuid?.(),
        files,
        directories: listings,
      },
      null,
      2,
    ),
  );
}

/** Counts the boots of this node, from 1. */
export function countBoot(paths: Paths): number {
  const file = paths.data("stand-in", "boots");
  const boots = (existsSync(file) ? Number(readFileSync(file, "utf8")) : 0) + 1;
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, String(boots));
  return boots;
}
