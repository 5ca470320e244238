import { readFileSync } from "node:fs";
import { hostname, uptime } from "node:os";
import type { ProcessIdentity } from "@k3d/core";

/**
 * This process as `HOST:PID:START`, where START keeps it apart from later ones with the same number;
 * it is known on Linux only.
 */
export function processIdentity(): ProcessIdentity {
  const host = hostname().replaceAll("@", "");
  return {
    get id() {
      return `${host}:${process.pid}:${startOf(process.pid) ?? ""}`;
    },
    async isRunning(id, since) {
      const [, otherHost, pid, start] = /^(.*):(\d+):(\d*)$/.exec(id) ?? [];
      if (otherHost !== host) return undefined;
      if (start !== "") return startOf(Number(pid)) === start;
      return exists(Number(pid)) && !(since !== undefined && isBeforeBoot(since));
    },
  };
}

/**
 * Clock ticks between the machine's boot and the start of a process: the 22nd field of its `stat`,
 * counted from behind the name, which may hold spaces.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

/** Seconds by which the clock may have been set since the boot. */
const BOOT_LEEWAY_S = 3600;

const isBeforeBoot = (moment: Date): boolean =>
  moment.getTime() < Date.now() - (uptime() + BOOT_LEEWAY_S) * 1000;

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
