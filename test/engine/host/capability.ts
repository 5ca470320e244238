import { readFileSync } from "node:fs";

/** Bit of CAP_SYS_RESOURCE in the capability sets; see capabilities(7). */
const CAP_SYS_RESOURCE = 24n;

/**
 * Whether processes of this machine may hold CAP_SYS_RESOURCE, by the bounding set of this one.
 * Without it runc can start no privileged container.
 *
 * @param status content of /proc/self/status
 */
export function mayHoldSysResource(status = readFileSync("/proc/self/status", "utf8")): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bounding === undefined || ((BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}
