import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { forward } from "./forward.ts";
import { RaftLog } from "./raft-log.ts";
import type { ForwardReply, Member, PeerCall } from "./raft-types.ts";
import { Raft } from "./raft.ts";
import { State } from "./state.ts";
import type { Outcome } from "./types.ts";

const electionMs = 80;
const timeout = 60_000;

/** Members in one process, joined by a network whose links can be cut. */
class Cluster {
  readonly directory = mkdtempSync(join(tmpdir(), "k3s-si-raft-"));
  readonly rafts = new Map<string, Raft>();
  readonly removed = new Set<string>();
  readonly #cut = new Set<string>();

  url(name: string): string {
    return `mem://${name}`;
  }

  isolate(name: string, isolated = true): void {
    if (isolated) this.#cut.add(name);
    else this.#cut.delete(name);
  }

  #callFrom(from: string): PeerCall {
    return async (peerUrl, request, timeoutMs) => {
      const to = peerUrl.replace("mem://", "");
      const unreachable = (): boolean =>
        this.#cut.has(from) || this.#cut.has(to) || !this.rafts.has(to);
      if (unreachable()) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
      // As a network does, this lets timers have their turn: with promises alone no election would begin.
      await new Promise((resolve) => setImmediate(resolve));
      const addressed = this.rafts.get(to);
      if (unreachable() || addressed === undefined) throw new Error("lost");
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error("late")), timeoutMs);
      try {
        const reply = await Promise.race([
          addressed.handle(structuredClone(request)),
          late.promise,
        ]);
        if (unreachable()) throw new Error("lost");
        return structuredClone(reply);
      } finally {
        clearTimeout(timer);
      }
    };
  }

  async start(name: string): Promise<Raft> {
    const log = await RaftLog.open(join(this.directory, `${name}.db`));
    const raft = new Raft({
      name,
      electionMs,
      promoteMs: 10,
      log,
      state: new State(),
      call: this.#callFrom(name),
      onRemoved: () => this.removed.add(name),
    });
    this.rafts.set(name, raft);
    return raft;
  }

  stop(name: string): void {
    const raft = this.rafts.get(name) as Raft;
    this.rafts.delete(name);
    raft.stop();
    raft.log.close();
  }

  /** A first member, and others that join one after the other. */
  async grow(names: string[]): Promise<void> {
    const [first, ...others] = names as [string, ...string[]];
    const raft = await this.start(first);
    raft.initialize({ name: first, peerUrl: this.url(first), learner: false });
    raft.start();
    for (const name of others) {
      const member: Member = { name, peerUrl: this.url(name), learner: true };
      const { error } = await forward(raft, { kind: "member-add", member }, 5000);
      if (error) throw new Error(error);
      const joined = await this.start(name);
      joined.start();
      await joined.waitFor(() => joined.isVoter, 10_000);
    }
  }

  dispose(): void {
    for (const name of this.rafts.keys()) this.stop(name);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

let cluster: Cluster;
afterEach(() => cluster.dispose());

async function put(
  raft: Raft,
  key: string,
  value: string,
  expected?: number,
  timeoutMs = 3000,
): Promise<Outcome> {
  const operation = {
    type: "put" as const,
    key,
    value: { metadata: { name: value } },
    expect: expected,
  };
  const reply: ForwardReply = await forward(raft, { kind: "propose", operation }, timeoutMs);
  if (!reply.outcome || reply.index === undefined) throw new Error(reply.error ?? "no outcome");
  const { index } = reply;
  await raft.waitFor(() => raft.applied >= index, timeoutMs);
  return reply.outcome;
}

function valueAt(raft: Raft, key: string): string | undefined {
  return raft.settings.state.get(key)?.value.metadata.name;
}

async function untilPut(raft: Raft, key: string, value: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await put(raft, key, value);
      return;
    } catch (error) {
      if (attempt > 20) throw error;
    }
  }
}

test(
  "a write through any member is seen by all, and compared with what is there",
  { timeout },
  async () => {
    cluster = new Cluster();
    await cluster.grow(["a", "b", "c"]);
    const rafts = [...cluster.rafts.values()];
    for (const [at, raft] of rafts.entries())
      expect(await put(raft, `/k${at}`, `v${at}`, 0)).toMatchObject({ ok: true });
    const [a, b, c] = rafts as [Raft, Raft, Raft];
    expect(await put(b, "/k0", "other", 0)).toMatchObject({ ok: false });
    const current = b.settings.state.get("/k0")?.revision as number;
    expect(await put(c, "/k0", "newer", current)).toMatchObject({ ok: true });
    await a.waitFor(() => valueAt(a, "/k0") === "newer", 3000);
  },
);

test("a second learner is refused while one has not caught up", { timeout }, async () => {
  cluster = new Cluster();
  await cluster.grow(["a"]);
  const a = cluster.rafts.get("a") as Raft;
  const learner = (name: string): Member => ({ name, peerUrl: cluster.url(name), learner: true });
  expect(
    (await forward(a, { kind: "member-add", member: learner("b") }, 3000)).members,
  ).toHaveLength(2);
  expect((await forward(a, { kind: "member-add", member: learner("c") }, 3000)).error).toBe(
    "etcdserver: too many learner members in cluster",
  );
  expect(await put(a, "/k", "a learner does not count for the majority")).toMatchObject({
    ok: true,
  });
});

test("the cut-off leader's writes are lost, the majority's stay", { timeout }, async () => {
  cluster = new Cluster();
  await cluster.grow(["a", "b", "c"]);
  const a = cluster.rafts.get("a") as Raft;
  await put(a, "/k", "before");
  const leader = cluster.rafts.get(a.leader?.name as string) as Raft;
  const leaderName = leader.settings.name;
  cluster.isolate(leaderName);
  await expect(put(leader, "/k", "lost")).rejects.toThrow("etcdserver: request timed out");
  const other = [...cluster.rafts.values()].find((raft) => raft !== leader) as Raft;
  await untilPut(other, "/k", "kept");
  cluster.isolate(leaderName, false);
  await leader.waitFor(() => valueAt(leader, "/k") === "kept", 10_000);
  expect(valueAt(leader, "/k")).toBe("kept");
});

test("a member that was away for long gets a snapshot", { timeout }, async () => {
  cluster = new Cluster();
  await cluster.grow(["a", "b", "c"]);
  const a = cluster.rafts.get("a") as Raft;
  const away = ["b", "c"].find((name) => name !== a.leader?.name) as string;
  cluster.stop(away);
  for (let batch = 0; batch < 45; batch++) {
    await Promise.all(Array.from({ length: 50 }, (_unused, at) => put(a, `/k${at}`, `v${batch}`)));
  }
  expect(a.log.snapshot).toBeDefined();
  const back = await cluster.start(away);
  const events: string[] = [];
  back.settings.state.watch("/k1", back.settings.state.revision, ({ key, type }) =>
    events.push(`${type} ${key}`),
  );
  back.start();
  await back.waitFor(() => valueAt(back, "/k49") === "v44", 10_000);
  expect(back.settings.state.snapshot()).toEqual(a.settings.state.snapshot());
  expect(events).toContain("ADDED /k1");
});

test("what was acknowledged survives the restart of everything", { timeout }, async () => {
  cluster = new Cluster();
  await cluster.grow(["a", "b", "c"]);
  await put(cluster.rafts.get("b") as Raft, "/k", "v");
  for (const name of ["a", "b", "c"]) cluster.stop(name);
  const c = await cluster.start("c");
  c.start();
  await expect(put(c, "/k", "alone")).rejects.toThrow("etcdserver: request timed out");
  const b = await cluster.start("b");
  b.start();
  await forward(c, { kind: "read-index" }, 5000);
  expect(valueAt(c, "/k")).toBe("v");
});

test("a leader that stops hands over at once", { timeout }, async () => {
  cluster = new Cluster();
  await cluster.grow(["a", "b", "c"]);
  const a = cluster.rafts.get("a") as Raft;
  await put(a, "/k", "v");
  const leader = cluster.rafts.get(a.leader?.name as string) as Raft;
  const others = [...cluster.rafts.values()].filter((raft) => raft !== leader);
  await leader.handOver();
  const [one] = others as [Raft];
  await one.waitFor(
    () => one.leader !== undefined && one.leader.name !== leader.settings.name,
    electionMs,
  );
  expect(others.map((raft) => raft.settings.name)).toContain(one.leader?.name);
});

test("a removed member is told, the rest goes on", { timeout }, async () => {
  cluster = new Cluster();
  await cluster.grow(["a", "b", "c"]);
  const a = cluster.rafts.get("a") as Raft;
  const gone = ["b", "c"].find((name) => name !== a.leader?.name) as string;
  cluster.isolate(gone);
  await forward(a, { kind: "member-remove", name: gone }, 3000);
  await untilPut(a, "/k", "v");
  cluster.isolate(gone, false);
  const removed = cluster.rafts.get(gone) as Raft;
  await removed.waitFor(() => cluster.removed.has(gone), 10_000).catch(() => undefined);
  expect([...cluster.removed]).toEqual([gone]);
});

test(
  "random cuts and restarts lose no acknowledged write, and all end up equal",
  { timeout },
  async () => {
    cluster = new Cluster();
    const names = ["a", "b", "c"];
    await cluster.grow(names);
    const acknowledged = new Map<string, Set<string>>();
    let counter = 0;
    let rounds = 0;
    const latest = Date.now() + timeout / 2;
    const over = (): boolean => (rounds >= 6 && acknowledged.size > 20) || Date.now() > latest;
    const writer = async (name: string): Promise<void> => {
      while (!over()) {
        const raft = cluster.rafts.get(name);
        const value = `${name}${counter++}`;
        const key = `/k/${value}`;
        const isDone = await (raft && put(raft, key, value, 0, 250))?.then(
          ({ ok }) => ok,
          () => false,
        );
        if (isDone) acknowledged.set(key, new Set([value]));
        // Also where the member is stopped: without a pause nothing else would have its turn.
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const chaos = async (): Promise<void> => {
      while (!over()) {
        const victim = names[Math.floor(Math.random() * names.length)] as string;
        if (Math.random() < 0.5) {
          cluster.isolate(victim);
          await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 250));
          cluster.isolate(victim, false);
        } else {
          cluster.stop(victim);
          await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 200));
          (await cluster.start(victim)).start();
        }
        rounds++;
        // On a busy machine an election takes its time: the next cut comes only after a write got through.
        const before = acknowledged.size;
        while (acknowledged.size === before && !over()) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
      }
    };
    await Promise.all([...names.map(writer), chaos()]);
    const rafts = [...cluster.rafts.values()];
    await untilPut(rafts[0] as Raft, "/last", "x");
    for (const raft of rafts) await raft.waitFor(() => valueAt(raft, "/last") === "x", 10_000);
    expect(acknowledged.size).toBeGreaterThan(20);
    for (const raft of rafts) {
      const missing = [...acknowledged.keys()].filter((key) => valueAt(raft, key) === undefined);
      expect(missing).toEqual([]);
    }
    const [first, ...others] = rafts.map((raft) => raft.settings.state.snapshot());
    for (const other of others)
      expect(new Map(other.entries.map(([key, ...rest]) => [key, rest]))).toEqual(
        new Map(first?.entries.map(([key, ...rest]) => [key, rest])),
      );
  },
);
