import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SETUP = join(import.meta.dirname, "../../../test/engine/ensure-busybox.ts");

/** Directory with busybox' applets and nothing else. */
let applets: string | undefined;

/** Brings busybox to this machine where it is missing. @throws when it cannot be had. */
export async function setUpBusybox(): Promise<void> {
  await run(process.execPath, [SETUP]);
  applets = await mkdtemp(join(tmpdir(), "k3d-applets-"));
  await run("busybox", ["--install", "-s", applets]);
}

export async function removeBusybox(): Promise<void> {
  if (applets !== undefined) await rm(applets, { recursive: true });
}

export interface Boot {
  /** The boot script. */
  script: string;
  /** Arguments of the node: `server …` or `agent …`. */
  args?: string[];
  /** The node's files by absolute path; `{ link }` is a symbolic link. */
  files?: Record<string, string | { link: string }>;
  /** The node's environment. */
  env?: Record<string, string>;
  /** Shell text in place of the node's k3s; by default one that tells its arguments and environment. */
  k3s?: string;
  /** Shell text in place of its kubectl; by default it has none. */
  kubectl?: string;
  /** Shell functions that stand in for commands of the node. */
  commands?: string;
}

export interface Booted {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Process id of the shell that was started. */
  pid: number | undefined;
  /** The commands that would have changed this machine, in order. */
  mounts: string[];
  /** Content of the node's files by absolute path. */
  files: Record<string, string>;
}

const TELLING_K3S = `echo "pid $$"
for argument in "$@"; do echo "arg $argument"; done
echo "resolv \${K3S_RESOLV_CONF:-}"`;

const NODE_FILES: Boot["files"] = { "/etc/resolv.conf": "nameserver 10.0.0.2\n" };

/** Never run for real: they would change the machine of the test. */
const HARMLESS = `mount() { echo "mount $*" >>/etc/mounts; }
umount() { echo "umount $*" >>/etc/mounts; }
sleep() { command sleep 0.01; }
`;

/**
 * Runs a boot script in busybox' shell on a directory in place of the node's root, and waits until
 * everything that it started has ended.
 */
export async function boot({
  script,
  args = ["server"],
  files = {},
  env = {},
  k3s = TELLING_K3S,
  kubectl,
  commands = "",
}: Boot): Promise<Booted> {
  if (applets === undefined) throw new Error("busybox is set up before a boot");
  const shell = join(applets, "sh");
  const searchPath = applets;
  const root = await mkdtemp(join(tmpdir(), "k3d-boot-"));
  /** The script's absolute paths lie below `root`. */
  const moved = (text: string): string =>
    text.replaceAll(/(?<=^|[\s"'(<>=-])\/(?=(sys|etc|proc|run|bin|output)\/)/gm, `${root}/`);
  const put = async (path: string, content: string | { link: string }, mode = 0o644) => {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === "string") await writeFile(file, content, { mode });
    else await symlink(content.link, file);
  };
  try {
    for (const [name, content] of Object.entries({ ...NODE_FILES, ...files }))
      await put(name, content);
    await put("/bin/k3s", `#!${shell}\n${moved(k3s)}\n`, 0o755);
    if (kubectl !== undefined) await put("/bin/kubectl", `#!${shell}\n${moved(kubectl)}\n`, 0o755);
    await put("/boot.sh", moved(`${HARMLESS}${commands}\n${script}`));
    const values = Object.entries(env).map(([name, value]) => [name, moved(value)]);
    const ended = await new Promise<Omit<Booted, "mounts" | "files">>((resolve) => {
      const child = execFile(
        shell,
        [join(root, "boot.sh"), ...args],
        { env: { PATH: searchPath, ...Object.fromEntries(values) }, timeout: 20_000 },
        (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
          const { pid } = child;
          resolve({ exitCode, stdout: stdout.replaceAll(root, ""), stderr, pid });
        },
      );
    });
    const left = await textFiles(root);
    return { ...ended, files: left, mounts: left["/etc/mounts"]?.trimEnd().split("\n") ?? [] };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The regular files below `root` by absolute path in the node. */
async function textFiles(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    const text = await readFile(path, "utf8");
    return [path.slice(root.length), text.replaceAll(root, "")] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}
