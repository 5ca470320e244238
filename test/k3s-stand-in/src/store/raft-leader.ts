import type { Raft } from "./raft.ts";
import type { AppendReply, ForwardReply, ForwardRequest, Member } from "./raft-types.ts";
import { DatastoreUnavailable } from "./types.ts";

/** Members may have different patience; the leader's must not set the pace. */
const longestHeartbeatMs = 200;

interface Peer {
  next: number;
  match: number;
  /** Commit index that the peer has been told. */
  told: number;
  /** Start time of the last request that was answered. */
  answeredAt: number;
  busy: boolean;
}

/** What only the leader does: replicate, commit, change the membership, confirm its lease. */
export class RaftLeader {
  readonly #raft: Raft;
  readonly #term: number;
  readonly #peers = new Map<string, Peer>();
  #firstIndex = 0;
  #heartbeat: NodeJS.Timeout | undefined;
  #promotions: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(raft: Raft) {
    this.#raft = raft;
    this.#term = raft.log.term;
  }

  start(): void {
    this.#firstIndex = this.#raft.log.lastIndex + 1;
    this.#append({}).catch(() => undefined);
    const { electionMs, promoteMs } = this.#raft.settings;
    const since = Date.now();
    this.#heartbeat = setInterval(
      () => {
        if (
          Date.now() - since > 2 * electionMs &&
          !this.#hasQuorumSince(Date.now() - 2 * electionMs)
        )
          this.#raft.follow(this.#term);
        else this.#replicateAll();
      },
      Math.min(longestHeartbeatMs, electionMs / 5),
    );
    this.#promotions = setInterval(() => this.#promoteOne(), promoteMs);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#heartbeat);
    clearInterval(this.#promotions);
  }

  /** The voter that is furthest, if it has all that is committed. */
  successor(): Member | undefined {
    const { voters, settings, log } = this.#raft;
    const behind = (member: Member): number => this.#peers.get(member.name)?.match ?? 0;
    const others = voters
      .filter(({ name }) => name !== settings.name)
      .sort((a, b) => behind(b) - behind(a));
    return others[0] && behind(others[0]) >= log.commit ? others[0] : undefined;
  }

  async handle(request: ForwardRequest): Promise<ForwardReply> {
    if (request.kind === "propose") {
      const outcome = await this.#append({ operation: request.operation });
      return { index: this.#raft.applied, ...(outcome ? { outcome } : {}) };
    }
    if (request.kind === "read-index") return { index: await this.#readIndex() };
    if (request.kind === "member-add") return this.#addMember(request.member);
    return this.#removeMember(request.name);
  }

  #append(content: Parameters<Raft["appendOwn"]>[0]): ReturnType<Raft["appendOwn"]> {
    const applied = this.#raft.appendOwn(content);
    this.#advance();
    this.#replicateAll();
    return applied;
  }

  async #readIndex(): Promise<number> {
    const { electionMs } = this.#raft.settings;
    await this.#raft.waitFor(
      () => this.#stopped || this.#raft.log.commit >= this.#firstIndex,
      5000,
    );
    const index = this.#raft.log.commit;
    const asked = Date.now();
    if (!this.#hasQuorumSince(asked - electionMs / 2)) {
      this.#replicateAll();
      await this.#raft.waitFor(() => this.#stopped || this.#hasQuorumSince(asked), 2 * electionMs);
    }
    if (this.#stopped) throw new DatastoreUnavailable("etcdserver: leader changed");
    return index;
  }

  #hasQuorumSince(time: number): boolean {
    const { voters, settings } = this.#raft;
    const alive = voters.filter(
      (voter) =>
        voter.name === settings.name || (this.#peers.get(voter.name)?.answeredAt ?? 0) >= time,
    );
    return alive.length >= Math.floor(voters.length / 2) + 1;
  }

  #membershipPending(): boolean {
    const { log } = this.#raft;
    for (let index = log.commit + 1; index <= log.lastIndex; index++)
      if (log.at(index)?.members) return true;
    return false;
  }

  /** Waits until the last membership change is committed; changes go one at a time. */
  async #settledMembers(): Promise<Member[]> {
    await this.#raft.waitFor(() => this.#stopped || !this.#membershipPending(), 5000);
    if (this.#stopped) throw new DatastoreUnavailable("etcdserver: leader changed");
    return this.#raft.members;
  }

  async #addMember(member: Member): Promise<ForwardReply> {
    const members = await this.#settledMembers();
    if (members.some((known) => known.name === member.name && known.peerUrl === member.peerUrl))
      return { members };
    if (members.some((known) => known.peerUrl === member.peerUrl))
      return { error: "etcdserver: Peer URLs already exists" };
    if (members.some((known) => known.learner))
      return { error: "etcdserver: too many learner members in cluster" };
    await this.#append({ members: [...members, { ...member, learner: true }] });
    this.#promotions?.refresh();
    return { members: this.#raft.members };
  }

  async #removeMember(name: string): Promise<ForwardReply> {
    const members = await this.#settledMembers();
    if (!members.some((member) => member.name === name)) return { members };
    await this.#append({ members: members.filter((member) => member.name !== name) });
    return { members: this.#raft.members };
  }

  #replicateAll(): void {
    for (const member of this.#raft.members)
      if (member.name !== this.#raft.settings.name) void this.#replicate(member);
  }

  async #replicate(member: Member): Promise<void> {
    const { log } = this.#raft;
    const peer = this.#peers.get(member.name) ?? {
      next: log.lastIndex,
      match: 0,
      told: 0,
      answeredAt: 0,
      busy: false,
    };
    this.#peers.set(member.name, peer);
    if (peer.busy) return;
    peer.busy = true;
    try {
      do await this.#send(member, peer);
      while (!this.#stopped && (peer.next <= log.lastIndex || peer.told < log.commit));
    } catch {
      peer.told = 0;
    } finally {
      peer.busy = false;
    }
  }

  async #send(member: Member, peer: Peer): Promise<void> {
    const { log, settings } = this.#raft;
    const snapshot = peer.next < log.firstIndex ? log.snapshot : undefined;
    const previousIndex = snapshot ? snapshot.index : Math.max(0, peer.next - 1);
    const startedAt = Date.now();
    const commit = log.commit;
    const reply = (await settings.call(
      member.peerUrl,
      {
        kind: "append",
        term: this.#term,
        leader: settings.name,
        previousIndex,
        previousTerm: log.termAt(previousIndex) ?? 0,
        entries: log.from(previousIndex + 1, 500),
        commit,
        ...(snapshot ? { snapshot } : {}),
      },
      snapshot ? 30_000 : settings.electionMs,
    )) as AppendReply;
    if (this.#stopped) return;
    if (reply.term > this.#term) {
      this.#raft.follow(reply.term);
      return;
    }
    peer.answeredAt = startedAt;
    if (reply.success) {
      peer.match = Math.max(peer.match, reply.index);
      peer.next = peer.match + 1;
      peer.told = commit;
      this.#advance();
    } else peer.next = Math.max(1, Math.min(peer.next - 1, reply.index + 1));
  }

  /** Commits what a majority of the voters has, if it is of this term. */
  #advance(): void {
    const { log, voters, settings } = this.#raft;
    const matches = voters
      .map((voter) =>
        voter.name === settings.name ? log.lastIndex : (this.#peers.get(voter.name)?.match ?? 0),
      )
      .sort((a, b) => b - a);
    const majority = matches[Math.floor(voters.length / 2)] ?? 0;
    if (majority > log.commit && log.termAt(majority) === this.#term) {
      this.#raft.commit(majority);
      if (!this.#stopped) this.#replicateAll();
    }
  }

  /** A learner that has caught up becomes a voter. */
  #promoteOne(): void {
    const { log, members } = this.#raft;
    const learner = members.find((member) => member.learner);
    const caughtUp = learner && (this.#peers.get(learner.name)?.match ?? 0) >= log.commit;
    if (!caughtUp || this.#membershipPending()) return;
    this.#append({
      members: members.map((member) =>
        member === learner ? { ...member, learner: false } : member,
      ),
    }).catch(() => undefined);
  }
}
