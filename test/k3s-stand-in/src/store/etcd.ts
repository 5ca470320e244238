import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import type { Server } from "node:https";
import { join as joinPath } from "node:path";
import { DatastoreUnavailable, type Datastore, type Operation, type Outcome } from "./types.ts";
import { forward } from "./forward.ts";
import { peerClient, servePeers, type PeerTlsFiles } from "./peer-transport.ts";
import { Raft } from "./raft.ts";
import { RaftLog } from "./raft-log.ts";
import type { ForwardReply, Member, PeerCall } from "./raft-types.ts";
import { State } from "./state.ts";

const requestTimeoutMs = 7000;
const peerPort = 2380;

export interface EtcdSettings {
  /** Directory `server/db/etcd`. */
  directory: string;
  nodeName: string;
  /** Address that the other members know this one by. */
  address: string;
  electionMs: number;
  /** Milliseconds between the leader's looks at learners, each of which may promote one. */
  promoteMs: number;
  onRemoved: () => void;
}

/** Whether an etcd member was already started here; source: k3s' `etcd.IsInitialized`. */
export function etcdInitialized(directory: string): boolean {
  return existsSync(joinPath(directory, "member", "wal"));
}

function logFile(directory: string): string {
  return joinPath(directory, "member", "wal", "log.db");
}

function tombstoneOf(directory: string): string {
  return joinPath(directory, "tombstone");
}

/** Remembers that this member was removed, so that the next start joins anew. */
export function writeTombstone(directory: string): void {
  writeFileSync(tombstoneOf(directory), "");
}

/** Moves the data of a removed member away; true when it did. */
export function clearRemovedMember(directory: string): boolean {
  if (!existsSync(tombstoneOf(directory))) return false;
  renameSync(directory, `${directory}-old-${Date.now()}`);
  return true;
}

/** The embedded etcd of a multi-server cluster. */
export class EtcdDatastore implements Datastore {
  readonly state = new State();
  readonly #settings: EtcdSettings;
  readonly #name: string;
  #raft: Raft | undefined;
  #log: RaftLog | undefined;
  #server: Server | undefined;
  #client: { close: () => void } | undefined;

  constructor(settings: EtcdSettings) {
    this.#settings = settings;
    this.#name = memberName(settings);
  }

  /** This member's name, `<node>-<8 hex digits>`. */
  get name(): string {
    return this.#name;
  }

  get peerUrl(): string {
    const { address } = this.#settings;
    return `https://${address.includes(":") ? `[${address}]` : address}:${peerPort}`;
  }

  get members(): Member[] {
    return this.#raft?.members ?? [];
  }

  /** Starts as the only member of a new cluster, as a known member, or as a learner of `join`. */
  async start(tls: PeerTlsFiles, join?: { members: Member[] }): Promise<void> {
    const { directory, address, electionMs, promoteMs, onRemoved } = this.#settings;
    const fresh = !etcdInitialized(directory);
    const client = peerClient(tls);
    this.#client = client;
    if (fresh && join)
      await this.#join(client.call, join.members).catch((error: unknown) => {
        client.close();
        throw error;
      });
    const log = await RaftLog.open(logFile(directory));
    this.#log = log;
    const raft = new Raft({
      name: this.#name,
      electionMs,
      promoteMs,
      log,
      state: this.state,
      call: client.call,
      onRemoved,
    });
    this.#raft = raft;
    if (!join && log.lastIndex === 0)
      raft.initialize({ name: this.#name, peerUrl: this.peerUrl, learner: false });
    this.#server = await servePeers(address, peerPort, tls, (request) => raft.handle(request));
    raft.start();
  }

  /** Forgets all other members, in the stored log, while this one does not run. */
  async reset(): Promise<void> {
    const log = await RaftLog.open(logFile(this.#settings.directory));
    const term = log.term + 1;
    const index = log.lastIndex + 1;
    log.saveVote(term, undefined);
    log.append([
      { index, term, members: [{ name: this.#name, peerUrl: this.peerUrl, learner: false }] },
    ]);
    log.saveCommit(index);
    log.close();
  }

  /** Asks the members, one after the other, to be added; only the leader can. */
  async #join(call: PeerCall, members: Member[]): Promise<void> {
    const self: Member = { name: this.#name, peerUrl: this.peerUrl, learner: true };
    let refusal = "etcdserver: no leader";
    for (const member of members) {
      const reply = (await call(
        member.peerUrl,
        { kind: "member-add", member: self },
        requestTimeoutMs,
      ).catch(() => undefined)) as ForwardReply | undefined;
      if (reply && !reply.error) return;
      if (reply?.error && reply.error !== "etcdserver: not leader") refusal = reply.error;
    }
    throw new Error(refusal);
  }

  /** Why this server cannot use the datastore, or undefined; source: k3s' `etcd.Test`. */
  test(): string | undefined {
    const raft = this.#raft;
    if (!raft?.leader) return "etcdserver: no leader";
    const self = raft.members.find((member) => member.name === this.#name);
    if (self?.learner) return "this server has not yet been promoted from learner to voting member";
    if (self?.peerUrl === this.peerUrl) return undefined;
    const found = raft.members.map((member) => `${member.name}=${member.peerUrl}`).join(" ");
    return `this server is a not a member of the etcd cluster. Found [${found}], expect: ${this.#name}=${this.peerUrl}`;
  }

  healthy(): boolean {
    return this.test() === undefined;
  }

  async propose(operation: Operation): Promise<Outcome> {
    const raft = this.#running();
    const reply = await forward(raft, { kind: "propose", operation }, requestTimeoutMs);
    if (!reply.outcome || reply.index === undefined)
      throw new DatastoreUnavailable(reply.error ?? "etcdserver: request timed out");
    const { index } = reply;
    await raft.waitFor(() => raft.applied >= index, requestTimeoutMs);
    return reply.outcome;
  }

  async barrier(): Promise<void> {
    const raft = this.#running();
    const reply = await forward(raft, { kind: "read-index" }, requestTimeoutMs);
    await raft.waitFor(() => raft.applied >= (reply.index ?? 0), requestTimeoutMs);
  }

  async removeMember(name: string): Promise<void> {
    await forward(this.#running(), { kind: "member-remove", name }, requestTimeoutMs);
  }

  /** Whether this member leads; k3s elects the leader of its controllers apart from etcd, with the same effect. */
  get leads(): boolean {
    return this.#raft?.leader?.name === this.#name;
  }

  async close(): Promise<void> {
    await this.#raft?.handOver();
    this.#raft?.stop();
    this.#client?.close();
    this.#server?.closeAllConnections();
    this.#server?.close();
    this.#log?.close();
    this.#raft = undefined;
  }

  #running(): Raft {
    if (!this.#raft) throw new DatastoreUnavailable("etcdserver: server stopped");
    return this.#raft;
  }
}

function memberName(settings: EtcdSettings): string {
  const file = joinPath(settings.directory, "name");
  if (existsSync(file)) return readFileSync(file, "utf8");
  const name = `${settings.nodeName}-${randomUUID().slice(0, 8)}`;
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  writeFileSync(file, name, { mode: 0o600 });
  return name;
}
