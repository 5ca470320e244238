import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
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
    await acquire(claim, path, cluster, owner);
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
    try {
      await writeFile(path, await readFile(claim), { flag: "wx", mode: 0o600 });
      return true;
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw failure;
    }
  }
}

/**
 * Gives the file this owner, also after one that was killed. Only one at a time clears what that one left: it alone may remove
 * a file that others look at.
 *
 * @throws `LOCKED` when the command that has it runs, or may run.
 */
async function acquire(
  claim: string,
  path: string,
  cluster: string,
  owner: ProcessIdentity,
): Promise<void> {
  if (await isFirst(claim, path)) return;
  await refuseRunning(path, cluster, owner);
  const clearing = `${path}.clearing`;
  await acquire(claim, clearing, cluster, owner);
  try {
    // Another command may have cleared it meanwhile, and begun.
    await refuseRunning(path, cluster, owner);
    await rm(path, { force: true });
    if (!(await isFirst(claim, path))) throw taken(path, cluster);
  } finally {
    await rm(clearing, { force: true });
  }
}

async function refuseRunning(path: string, cluster: string, owner: ProcessIdentity): Promise<void> {
  const holder = await readFile(path, "utf8").catch(() => undefined);
  if (holder !== undefined && (await owner.isRunning(holder)) !== false) throw taken(path, cluster);
}

function taken(path: string, cluster: string): K3dError {
  return new K3dError("LOCKED", `Another command is taking a snapshot of cluster '${cluster}'`, {
    hint: `Wait until it is done. If it ended on another machine, remove ${path}.`,
  });
}
