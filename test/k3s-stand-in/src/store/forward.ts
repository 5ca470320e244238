import type { Raft } from "./raft.ts";
import type { ForwardReply, ForwardRequest, Member } from "./raft-types.ts";
import { DatastoreUnavailable } from "./types.ts";

/**
 * Has the leader, wherever it is, carry out the request; waits for a leader
 * for up to `timeoutMs`. A request that changes nothing, or that surely did not
 * arrive, goes to the next leader when one fails.
 * Throws DatastoreUnavailable.
 */
export async function forward(
  raft: Raft,
  request: ForwardRequest,
  timeoutMs: number,
): Promise<ForwardReply> {
  const deadline = Date.now() + timeoutMs;
  const { electionMs } = raft.settings;
  for (;;) {
    const left = deadline - Date.now();
    await raft.waitFor(() => raft.leader !== undefined, left);
    const leader = raft.leader as Member;
    try {
      return await ask(
        raft,
        leader,
        request,
        request.kind === "read-index" ? Math.min(left, 2 * electionMs) : left,
      );
    } catch (error) {
      const harmless = request.kind === "read-index" || neverArrived(error);
      if (!harmless || Date.now() + electionMs / 5 >= deadline) throw unavailable(error);
      await raft
        .waitFor(() => raft.leader?.name !== leader.name, electionMs / 5)
        .catch(() => undefined);
    }
  }
}

async function ask(
  raft: Raft,
  leader: Member,
  request: ForwardRequest,
  timeoutMs: number,
): Promise<ForwardReply> {
  const own = raft.lead(request);
  if (own) return withTimeout(own, timeoutMs);
  const reply = (await raft.settings.call(
    leader.peerUrl,
    request,
    Math.max(1, timeoutMs),
  )) as ForwardReply;
  if (reply.error) throw new DatastoreUnavailable(reply.error);
  return reply;
}

/** A leader that lost its majority would wait for it forever. */
async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new DatastoreUnavailable("etcdserver: request timed out")),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function neverArrived(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  const refused = code === "ECONNREFUSED" || code === "EHOSTUNREACH";
  return (
    refused || (error instanceof DatastoreUnavailable && error.message === "etcdserver: not leader")
  );
}

function unavailable(error: unknown): DatastoreUnavailable {
  return error instanceof DatastoreUnavailable
    ? error
    : new DatastoreUnavailable("etcdserver: request timed out");
}
