import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((file) => existsSync(file));
}

/** Unpacks a Debian package into a directory of its own, without installing it. */
function unpackPackage(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `k3s-stand-in-${name}-`));
  const download = (): void =>
    void execFileSync("apt-get", ["download", "-q", name], {
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
  try {
    download();
  } catch {
    execFileSync("apt-get", ["update", "-q"], { stdio: "ignore" });
    download();
  }
  const archive = readdirSync(directory).find((file) => file.endsWith(".deb"));
  if (!archive) throw new Error(`apt-get fetched no package ${name}`);
  execFileSync("dpkg-deb", ["-x", join(directory, archive), directory]);
  return directory;
}

function isStatic(program: string): boolean {
  try {
    return /not a dynamic executable|statically linked/.test(
      execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
    );
  } catch {
    return true;
  }
}

/** A busybox that needs no libraries: the installed one, else that of Debian's `busybox-static`. */
export function findBusybox(): string {
  const installed = onPath("busybox");
  if (installed && isStatic(installed)) return realpathSync(installed);
  const directory = unpackPackage("busybox-static");
  return (
    ["bin/busybox", "usr/bin/busybox"]
      .map((name) => join(directory, name))
      .find((file) => existsSync(file)) ?? join(directory, "bin/busybox")
  );
}

/** Versions that distributions put beside a dispatcher named kubectl: `kubectl.1.31`. */
export function versionedKubectls(): string[] {
  const installed = onPath("kubectl");
  if (!installed) return [];
  const directory = dirname(realpathSync(installed));
  return readdirSync(directory)
    .filter((name) => /^kubectl\.\d+\.\d+$/.test(name))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => join(directory, name));
}

/** A real kubectl: the installed one, of the stand-in's version where there are several, else Debian's `kubernetes-client`. */
export function findKubectl(): string {
  const versions = versionedKubectls();
  const installed = onPath("kubectl");
  if (!installed) return join(unpackPackage("kubernetes-client"), "usr/bin/kubectl");
  return (
    versions.find((file) => file.endsWith("kubectl.1.31")) ??
    versions.at(-1) ??
    realpathSync(installed)
  );
}
