import type { StateSnapshot } from "./state.ts";
import type { Operation, Outcome } from "./types.ts";

/** A member of the embedded etcd cluster. A learner receives the log but does not vote. */
export interface Member {
  name: string;
  peerUrl: string;
  learner: boolean;
}

export interface LogEntry {
  index: number;
  term: number;
  /** A write, a new membership, or (neither) the empty entry of a new leader. */
  operation?: Operation;
  members?: Member[];
}

export interface RaftSnapshot {
  index: number;
  term: number;
  members: Member[];
  state: StateSnapshot;
}

export interface VoteRequest {
  kind: "vote";
  /** Asks whether a vote would be given, without changing any term. */
  probe: boolean;
  term: number;
  candidate: string;
  lastIndex: number;
  lastTerm: number;
}

export interface VoteReply {
  term: number;
  granted: boolean;
  /** The candidate is no member of the cluster any more. */
  removed?: boolean;
}

export interface AppendRequest {
  kind: "append";
  term: number;
  leader: string;
  previousIndex: number;
  previousTerm: number;
  entries: LogEntry[];
  commit: number;
  snapshot?: RaftSnapshot;
}

export interface AppendReply {
  term: number;
  success: boolean;
  /** Last index that is known to match on success, else where the leader should retry from. */
  index: number;
}

export type ForwardRequest =
  | { kind: "propose"; operation: Operation }
  | { kind: "read-index" }
  | { kind: "member-add"; member: Member }
  | { kind: "member-remove"; name: string };

export interface ForwardReply {
  index?: number;
  outcome?: Outcome;
  members?: Member[];
  error?: string;
}

/** Asks a member to become leader at once. */
export interface TakeOverRequest {
  kind: "take-over";
}

export type PeerRequest = TakeOverRequest | VoteRequest | AppendRequest | ForwardRequest;
export type PeerReply = VoteReply | AppendReply | ForwardReply;

/** Sends one request to the member at `peerUrl`; rejects when it cannot be reached in time. */
export type PeerCall = (
  peerUrl: string,
  request: PeerRequest,
  timeoutMs: number,
) => Promise<PeerReply>;
