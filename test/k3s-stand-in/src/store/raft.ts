import { Progress } from "./progress.ts";
import { RaftLeader } from "./raft-leader.ts";
import type { RaftLog } from "./raft-log.ts";
import type {
  AppendReply,
  AppendRequest,
  ForwardReply,
  ForwardRequest,
  LogEntry,
  Member,
  PeerCall,
  PeerReply,
  PeerRequest,
  VoteReply,
  VoteRequest,
} from "./raft-types.ts";
import type { State } from "./state.ts";
import { DatastoreUnavailable, type Outcome } from "./types.ts";

const entriesBetweenSnapshots = 2000;

export interface RaftSettings {
  name: string;
  electionMs: number;
  /** Milliseconds between the leader's looks at learners, each of which may promote one. */
  promoteMs: number;
  log: RaftLog;
  state: State;
  call: PeerCall;
  /** Called when a committed membership no longer has this member. */
  onRemoved: () => void;
}

interface Waiter {
  term: number;
  resolve: (outcome: Outcome | undefined) => void;
  reject: (error: Error) => void;
}

/** One Raft member: elections, log replication, one membership change at a time. */
export class Raft {
  readonly settings: RaftSettings;
  #leading: RaftLeader | undefined;
  #leaderName: string | undefined;
  #heardAt = 0;
  #applied = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Whether a committed membership has named this member. */
  #joined = false;
  readonly #waiters = new Map<number, Waiter>();
  readonly #progress = new Progress();

  constructor(settings: RaftSettings) {
    this.settings = settings;
    const { log, state } = settings;
    if (log.snapshot) {
      state.restore(log.snapshot.state);
      this.#applied = log.snapshot.index;
      this.#onMembership(log.snapshot.members);
    }
    this.#applyCommitted();
  }

  get log(): RaftLog {
    return this.settings.log;
  }

  get members(): Member[] {
    return this.log.members;
  }

  get applied(): number {
    return this.#applied;
  }

  get voters(): Member[] {
    return this.members.filter((member) => !member.learner);
  }

  /** The leader that this member currently follows or is. */
  get leader(): Member | undefined {
    return this.members.find((member) => member.name === this.#leaderName);
  }

  get isVoter(): boolean {
    return this.voters.some((member) => member.name === this.settings.name);
  }

  start(): void {
    const alone = this.voters.length === 1 && this.isVoter;
    if (alone) void this.#campaign();
    else this.#resetTimer();
  }

  /** First start of a new cluster: this member alone. */
  initialize(member: Member): void {
    this.log.saveVote(1, undefined);
    this.log.append([{ index: 1, term: 1, members: [member] }]);
    this.commit(1);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#leading?.stop();
    for (const waiter of this.#waiters.values())
      waiter.reject(new DatastoreUnavailable("etcdserver: server stopped"));
    this.#waiters.clear();
    this.#progress.stop();
  }

  async handle(request: PeerRequest): Promise<PeerReply> {
    if (this.#stopped) throw new DatastoreUnavailable("etcdserver: server stopped");
    if (request.kind === "vote") return this.#onVote(request);
    if (request.kind === "append") return this.#onAppend(request);
    if (request.kind === "take-over") {
      this.takeOver();
      return {};
    }
    if (!this.#leading) return { error: "etcdserver: not leader" };
    return this.#leading.handle(request);
  }

  /** Carries out what only a leader can; undefined when this member is none. */
  lead(request: ForwardRequest): Promise<ForwardReply> | undefined {
    return this.#leading?.handle(request);
  }

  /** Stands for election at once, because the leader is about to go. */
  takeOver(): void {
    if (this.isVoter && !this.#leading) void this.#campaign(true);
  }

  /** Gives the leadership to a member that has the whole log, if this one has it. */
  async handOver(): Promise<void> {
    const successor = this.#leading?.successor();
    if (!successor) return;
    await this.settings
      .call(successor.peerUrl, { kind: "take-over" }, this.settings.electionMs)
      .catch(() => undefined);
    await this.waitFor(() => this.#leading === undefined, this.settings.electionMs).catch(
      () => undefined,
    );
  }

  /** See Progress.waitFor. */
  waitFor(condition: () => boolean, timeoutMs: number): Promise<void> {
    return this.#progress.waitFor(condition, timeoutMs);
  }

  /** Adds an entry to the leader's log; resolves with what it did once it is committed and applied here. */
  appendOwn(content: Pick<LogEntry, "operation" | "members">): Promise<Outcome | undefined> {
    const entry: LogEntry = { index: this.log.lastIndex + 1, term: this.log.term, ...content };
    this.log.append([entry]);
    return new Promise((resolve, reject) =>
      this.#waiters.set(entry.index, { term: entry.term, resolve, reject }),
    );
  }

  commit(index: number): void {
    if (index <= this.log.commit) return;
    this.log.saveCommit(index);
    this.#applyCommitted();
  }

  /** Steps down to follower of this term, of a known leader or of none. */
  follow(term: number, leader?: string): void {
    if (term > this.log.term) this.log.saveVote(term, undefined);
    this.#leading?.stop();
    this.#leading = undefined;
    if (this.#leaderName !== leader) {
      this.#leaderName = leader;
      this.#progress.wake();
    }
    this.#resetTimer();
  }

  #resetTimer(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const { electionMs } = this.settings;
    const patience = electionMs * (1 + Math.random());
    const due = Date.now() + patience;
    this.#timer = setTimeout(() => {
      if (this.#leading) return;
      // A process that was held up itself could not hear the leader either.
      if (Date.now() - due > electionMs / 2) return this.#resetTimer();
      this.#leaderName = undefined;
      this.#progress.wake();
      if (this.isVoter) void this.#campaign();
      else this.#resetTimer();
    }, patience);
  }

  async #campaign(invited = false): Promise<void> {
    this.#resetTimer();
    if (!invited && !(await this.#collectVotes(true, this.log.term + 1))) return;
    const term = this.log.term + 1;
    this.log.saveVote(term, this.settings.name);
    if (!(await this.#collectVotes(false, term))) return;
    if (this.#stopped || this.log.term !== term || this.#leading) return;
    clearTimeout(this.#timer);
    this.#leaderName = this.settings.name;
    this.#leading = new RaftLeader(this);
    this.#leading.start();
    this.#progress.wake();
  }

  async #collectVotes(probe: boolean, term: number): Promise<boolean> {
    const { name, call, electionMs } = this.settings;
    const request: VoteRequest = {
      kind: "vote",
      probe,
      term,
      candidate: name,
      lastIndex: this.log.lastIndex,
      lastTerm: this.log.lastTerm,
    };
    const voters = this.voters;
    const needed = Math.floor(voters.length / 2) + 1;
    let granted = 1;
    if (granted >= needed) return true;
    return new Promise((resolve) => {
      let open = voters.length - 1;
      for (const voter of voters) {
        if (voter.name === name) continue;
        call(voter.peerUrl, request, electionMs)
          .then((answer) => {
            const reply = answer as VoteReply;
            if (reply.removed) this.settings.onRemoved();
            if (reply.term > this.log.term) this.follow(reply.term);
            if (reply.granted) granted += 1;
          })
          .catch(() => undefined)
          .finally(() => {
            open -= 1;
            if (granted >= needed) resolve(true);
            else if (open === 0) resolve(false);
          });
      }
    });
  }

  #onVote(request: VoteRequest): VoteReply {
    const { log } = this;
    if (!this.members.some((member) => member.name === request.candidate))
      return { term: log.term, granted: false, removed: this.#leaderName !== undefined };
    const upToDate =
      request.lastTerm > log.lastTerm ||
      (request.lastTerm === log.lastTerm && request.lastIndex >= log.lastIndex);
    if (request.probe) {
      const leaderAlive =
        this.#leading !== undefined ||
        (this.#leaderName !== undefined && Date.now() - this.#heardAt < this.settings.electionMs);
      return { term: log.term, granted: upToDate && request.term > log.term && !leaderAlive };
    }
    if (request.term > log.term) this.follow(request.term);
    const granted =
      request.term === log.term &&
      upToDate &&
      (log.vote === undefined || log.vote === request.candidate);
    if (granted) {
      log.saveVote(request.term, request.candidate);
      this.#resetTimer();
    }
    return { term: log.term, granted };
  }

  #onAppend(request: AppendRequest): AppendReply {
    const { log } = this;
    if (request.term < log.term) return { term: log.term, success: false, index: log.lastIndex };
    this.#heardAt = Date.now();
    this.follow(request.term, request.leader);
    if (request.snapshot && request.snapshot.index > this.#applied) {
      log.compact(request.snapshot);
      log.saveCommit(request.snapshot.index);
      this.settings.state.restore(request.snapshot.state);
      this.#applied = request.snapshot.index;
      this.#onMembership(request.snapshot.members);
    }
    const { previousIndex } = request;
    if (previousIndex > log.lastIndex)
      return { term: log.term, success: false, index: log.lastIndex };
    if (previousIndex >= log.firstIndex - 1 && log.termAt(previousIndex) !== request.previousTerm) {
      return { term: log.term, success: false, index: Math.max(log.commit, previousIndex - 1) };
    }
    const fresh = request.entries.filter((entry) => entry.index >= log.firstIndex);
    const different = fresh.findIndex((entry) => log.termAt(entry.index) !== entry.term);
    if (different >= 0) {
      const first = fresh[different] as LogEntry;
      if (first.index <= log.lastIndex) this.#truncate(first.index);
      log.append(fresh.slice(different));
    }
    const matched = previousIndex + request.entries.length;
    this.commit(Math.min(request.commit, matched));
    this.#progress.wake();
    return { term: log.term, success: true, index: matched };
  }

  #truncate(index: number): void {
    this.log.truncate(index);
    for (const [at, waiter] of this.#waiters) {
      if (at < index) continue;
      this.#waiters.delete(at);
      waiter.reject(new DatastoreUnavailable("etcdserver: leader changed"));
    }
  }

  #applyCommitted(): void {
    const { log, state } = this.settings;
    while (this.#applied < log.commit) {
      const entry = log.at(this.#applied + 1);
      if (!entry) break;
      this.#applied = entry.index;
      const outcome = entry.operation ? state.apply(entry.operation) : undefined;
      const waiter = this.#waiters.get(entry.index);
      this.#waiters.delete(entry.index);
      if (waiter && waiter.term === entry.term) waiter.resolve(outcome);
      else waiter?.reject(new DatastoreUnavailable("etcdserver: leader changed"));
      if (entry.members) this.#onMembership(entry.members);
    }
    if (log.size > entriesBetweenSnapshots && this.#applied > log.firstIndex) {
      log.compact({
        index: this.#applied,
        term: log.termAt(this.#applied) ?? 0,
        members: this.#membersAt(this.#applied),
        state: state.snapshot(),
      });
    }
    this.#progress.wake();
  }

  #onMembership(members: Member[]): void {
    const { name, onRemoved } = this.settings;
    if (members.some((member) => member.name === name)) this.#joined = true;
    else if (this.#joined && !this.members.some((member) => member.name === name)) onRemoved();
  }

  #membersAt(index: number): Member[] {
    for (let at = index; at >= this.log.firstIndex; at--) {
      const members = this.log.at(at)?.members;
      if (members) return members;
    }
    return this.log.snapshot?.members ?? [];
  }
}
