import { readKernelFile } from "./tools.ts";

/** A process that cannot be mistaken for a later one of the same number. */
export interface ProcessIdentity {
  pid: number;
  /** In clock ticks since boot, as the kernel writes it. */
  startTime: string;
}

/** The identity of a running process; `undefined` when there is none, or only a zombie. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readKernelFile(`/proc/${pid}/stat`);
  // The second field is the command in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTime = fields[19];
  return startTime === undefined || fields[0] === "Z" || fields[0] === "X"
    ? undefined
    : { pid, startTime };
}

export async function isSameProcess(process: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(process.pid))?.startTime === process.startTime;
}
