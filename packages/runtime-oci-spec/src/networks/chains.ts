import { isK3dError } from "@k3d/core/runtime";
import type { Locks } from "../store/lock.ts";

/** The lock of the firewall's chains, which the networks of all containers share. */
const FIREWALL = "firewall";

/** How iptables, in both its forms, says that a chain is there already. */
const MADE_MEANWHILE = /File exists|Chain already exists/;

/**
 * Does what adds to the firewall's chains, beside others that do. CNI plugins look whether a chain is
 * there and make it then, so of two that are the first after a boot one fails: it is done again, alone.
 */
export async function besideOthers<Result>(
  locks: Pick<Locks, "with">,
  add: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  try {
    return await locks.with(FIREWALL, add, { shared: true, signal });
  } catch (error) {
    if (!isK3dError(error, "RUNTIME_ERROR") || !MADE_MEANWHILE.test(error.message)) throw error;
    return await locks.with(FIREWALL, add, { signal });
  }
}
