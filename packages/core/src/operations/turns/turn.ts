import { randomUUID } from "node:crypto";
import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
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

/** In the details of a `LOCKED`: whether the owner of the turn is known to run, and so to end; and who that is. */
export const OWNER_RUNS = "ownerRuns";
export const HOLDER = "holder";

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
  let isOver = false;
  return async () => {
    if (isOver) return;
    isOver = true;
    await rm(turn.path, { force: true });
  };
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
 * Gives the file this owner, also after one that was killed. Only one at a time clears what that one left, and only what it has
 * seen to be left: a file that is gone by then may be another's the next moment.
 *
 * @throws `LOCKED` when the command that has it runs, or may run.
 */
async function acquire(claim: string, turn: Turn, owner: ProcessIdentity): Promise<void> {
  const { path } = turn;
  while (!(await isFirst(claim, path))) {
    if (!(await isAbandoned(turn, owner))) continue;
    const clearing = { ...turn, path: `${path}.clearing` };
    await acquire(claim, clearing, owner);
    try {
      // Another command may have cleared it meanwhile, and begun.
      if (await isAbandoned(turn, owner)) await rm(path, { force: true });
    } finally {
      await rm(clearing.path, { force: true });
    }
  }
}

/** Whether it is there and its owner is not. @throws `LOCKED`. */
async function isAbandoned(turn: Turn, owner: ProcessIdentity): Promise<boolean> {
  const holder = await readFile(turn.path, "utf8").catch(() => undefined);
  if (holder === undefined) return false;
  const since = (await stat(turn.path).catch(() => undefined))?.mtime;
  const runs = await owner.isRunning(holder, since);
  if (runs !== false) throw locked(turn, holder, runs === true);
  return true;
}

function locked({ path, taken }: Turn, holder: string, ownerRuns: boolean): K3dError {
  return new K3dError("LOCKED", taken, {
    hint: `Wait until it is done. If it ended on another machine, remove ${path}.`,
    details: { [OWNER_RUNS]: ownerRuns, [HOLDER]: holder },
  });
}
