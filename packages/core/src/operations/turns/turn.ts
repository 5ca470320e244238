import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { K3dError } from "../../errors/index.js";
import type { ProcessIdentity } from "../../model/process-identity.js";

/** What keeps others out: for people that wait, and for those that cannot tell whether its owner still runs. */
export interface Turn {
  /** A file in a directory that all commands of a user have; it is there as long as the turn lasts. */
  path: string;
  /** What another command does meanwhile, e.g. `Another command is taking a snapshot of cluster 'demo'`. */
  taken: string;
}

/** In the details of a `LOCKED`: the owner of the turn is known to run, and so to end. */
export const OWNER_RUNS = "ownerRuns";

/**
 * Lets one command at a time do something.
 *
 * @returns what ends the turn.
 * @throws `LOCKED` while another command has it.
 */
export async function takeTurn(turn: Turn, owner: ProcessIdentity): Promise<() => Promise<void>> {
  const claim = join(dirname(turn.path), `.claim-${randomUUID()}`);
  await writeFile(claim, owner.id, { mode: 0o600 });
  try {
    await acquire(claim, turn, owner);
  } finally {
    await rm(claim, { force: true });
  }
  return () => rm(turn.path, { force: true });
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
async function acquire(claim: string, turn: Turn, owner: ProcessIdentity): Promise<void> {
  const { path } = turn;
  if (await isFirst(claim, path)) return;
  await refuseOwned(turn, owner);
  const clearing = { ...turn, path: `${path}.clearing` };
  await acquire(claim, clearing, owner);
  try {
    // Another command may have cleared it meanwhile, and begun.
    await refuseOwned(turn, owner);
    await rm(path, { force: true });
    if (!(await isFirst(claim, path))) throw locked(turn, true);
  } finally {
    await rm(clearing.path, { force: true });
  }
}

async function refuseOwned(turn: Turn, owner: ProcessIdentity): Promise<void> {
  const holder = await readFile(turn.path, "utf8").catch(() => undefined);
  if (holder === undefined) return;
  const runs = await owner.isRunning(holder);
  if (runs !== false) throw locked(turn, runs === true);
}

function locked({ path, taken }: Turn, ownerRuns: boolean): K3dError {
  return new K3dError("LOCKED", taken, {
    hint: `Wait until it is done. If it ended on another machine, remove ${path}.`,
    details: { [OWNER_RUNS]: ownerRuns },
  });
}
