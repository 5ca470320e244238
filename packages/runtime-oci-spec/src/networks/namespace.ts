import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { commandFailed, run, tryRun } from "../host/run.ts";
import { errorCode, ignoreMissing } from "../host/json-file.ts";
import { readKernelFile } from "../host/tools.ts";

/** Makes a network namespace that a file holds, so that it needs no process. An existing one is left alone. */
export async function createNamespace(file: string, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  if (await isMountPoint(file)) return;
  await writeFile(file, "", { mode: 0o600 });
  await run("unshare", [`--net=${file}`, "true"], { signal });
}

/** Lets go of a namespace; one that is gone is fine. */
export async function removeNamespace(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    if (errorCode(error) !== "EBUSY") throw error;
    await unmount(file);
    await rm(file, { force: true }).catch(ignoreMissing);
  }
}

/** Paths of all mounts in this mount namespace, as the kernel lists them. */
export async function mountPoints(): Promise<string[]> {
  const mounts = await readKernelFile("/proc/self/mounts");
  return mounts.split("\n").map((line) => unescape(line.split(" ")[1] ?? ""));
}

export async function isMountPoint(path: string): Promise<boolean> {
  return (await mountPoints()).includes(path);
}

/** Unmounts whatever is mounted at a path, also where it is in use: it then goes with its last user. */
export async function unmount(path: string): Promise<void> {
  for (
    let layers = (await mountPoints()).filter((mount) => mount === path).length;
    layers > 0;
    layers--
  ) {
    const plain = await tryRun("umount", [path]);
    if (plain.exitCode === 0) continue;
    const args = ["--lazy", path];
    const lazy = await tryRun("umount", args);
    // Another command may have unmounted it meanwhile.
    if (lazy.exitCode !== 0 && (await isMountPoint(path)))
      throw commandFailed("umount", args, lazy);
  }
}

/** The kernel writes blanks and the like as octal numbers. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );
}
