import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError } from "../../errors/index.js";
import type { ProcessIdentity } from "../../model/process-identity.js";

/** Begins what snapshots cannot begin with. */
const PREFIX = ".taking-";

/**
 * Lets one command at a time read a cluster: another one would let its nodes go on while this one reads their data.
 *
 * @param directory of the snapshots; all commands of a user have the same.
 * @param server id of the cluster's first server: several engines may have a cluster of one name.
 * @returns what ends the turn.
 * @throws `LOCKED` while another command has it.
 */
export async function takeTurn(
  directory: string,
  { cluster, server }: { cluster: string; server: string },
  owner: ProcessIdentity,
): Promise<() => Promise<void>> {
  const path = join(directory, `${PREFIX}${server.replaceAll(/[^\w-]/g, "-")}`);
  const claim = join(directory, `.claim-${randomUUID()}`);
  await writeFile(claim, owner.id, { mode: 0o600 });
  try {
    if (!(await isFirst(claim, path))) {
      await clearOld(path, cluster, owner);
      if (!(await isFirst(claim, path))) throw taken(path, cluster);
    }
  } finally {
    await rm(claim, { force: true });
  }
  return () => rm(path, { force: true });
}

/** A file with a second name comes into being whole, or not at all. */
async function isFirst(claim: string, path: string): Promise<boolean> {
  try {
    await link(claim, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    // A file system on which files have one name only.
    return writeFile(path, await readFile(claim), { flag: "wx", mode: 0o600 }).then(
      () => true,
      () => false,
    );
  }
}

/** Removes what an ended command left. @throws `LOCKED` when the command runs, or may run. */
async function clearOld(path: string, cluster: string, owner: ProcessIdentity): Promise<void> {
  const read = (file: string): Promise<string | undefined> =>
    readFile(file, "utf8").catch(() => undefined);
  const holder = await read(path);
  if (holder === undefined) return;
  if ((await owner.isRunning(holder)) !== false) throw taken(path, cluster);
  const old = join(path, "..", `.claim-${randomUUID()}`);
  await rename(path, old).catch(() => undefined);
  // Meanwhile another command may have done the same, and begun.
  if ((await read(old)) === holder) await rm(old, { force: true });
  else await rename(old, path).catch(() => undefined);
}

function taken(path: string, cluster: string): K3dError {
  return new K3dError("LOCKED", `Another command is taking a snapshot of cluster '${cluster}'`, {
    hint: `Wait until it is done. If it ended on another machine, remove ${path}.`,
  });
}
