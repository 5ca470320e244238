import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../test-support/memory-cluster.js";
import { ClusterService } from "../operations/clusters/cluster-service.js";
import type { Clock } from "../model/clock.js";
import type { MemoryRuntime } from "../testing/index.js";
import type { KubeClient, KubeRequest, KubeResponse } from "./kube-client.js";
import { waitForVote, waitUntilJoinable } from "./joining.js";

const SERVER = { id: "k3d-demo-server-1", role: "server" } as const;

let engine: MemoryRuntime;
let deps: ReturnType<typeof memoryDeps>;
let home: string;
let own: string;

beforeEach(async () => {
  engine = memoryEngine();
  home = await mkdtemp(join(tmpdir(), "k3d-vote-"));
  deps = memoryDeps(engine, engine, home);
  await new ClusterService(deps).create(memoryConfig({ servers: 2 }));
  own = (await engine.containers.inspect(SERVER.id)).networks[0]?.ipv4Address ?? "none";
});

afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

/** The API as it answers at each look at where it is to be found: addresses, or a status. */
function api(looks: readonly (string[] | number)[], hasLease: (look: number) => boolean) {
  let look = 0;
  const answer = ({ path }: KubeRequest): KubeResponse => {
    if (path.includes("leases")) {
      const renewTime = new Date(Date.now() + 1000).toISOString();
      const items = hasLease(look) ? [{ metadata: { name: SERVER.id }, spec: { renewTime } }] : [];
      return { status: 200, body: JSON.stringify({ items }) };
    }
    const found = looks[Math.min(look++, looks.length - 1)] ?? [];
    if (typeof found === "number") return { status: found, body: "" };
    return { status: 200, body: JSON.stringify({ endpoints: [{ addresses: found }] }) };
  };
  const client = { send: async (request: KubeRequest) => answer(request) } as unknown as KubeClient;
  const vote = waitForVote(client, SERVER, deps, AbortSignal.timeout(10_000));
  return vote.then(() => look);
}

describe("a server that joins votes", () => {
  it("once its own API answers, whether or not its node is registered", async () => {
    expect(await api([["10.0.0.1"], ["10.0.0.1"], ["10.0.0.1", own]], () => false)).toBe(3);
  });

  it("once its node renews its lease, where its API has no address of its own", async () => {
    expect(await api([["10.0.0.1"]], (look) => look >= 4)).toBeGreaterThanOrEqual(4);
    expect(await api([404], (look) => look >= 4)).toBeGreaterThanOrEqual(4);
  });

  it("not for an address that another one left to it", async () => {
    expect(await api([["10.0.0.1", own]], (look) => look >= 5)).toBeGreaterThanOrEqual(5);
  });
});

describe("a server without a node of its own", () => {
  /** A clock whose seconds pass at once. @returns milliseconds that were waited */
  async function waited(found: string[]): Promise<number> {
    let nowMs = 0;
    const clock: Clock = {
      now: () => nowMs,
      sleep: async (ms) => void (nowMs += ms),
    };
    const info = await engine.containers.inspect(SERVER.id);
    info.spec.process.args = [...(info.spec.process.args ?? []), "--disable-agent"];
    vi.spyOn(engine.containers, "inspect").mockResolvedValue(info);
    const body = JSON.stringify({ endpoints: [{ addresses: found }] });
    const send = async (): Promise<KubeResponse> => ({ status: 200, body });
    await waitForVote(
      { send } as unknown as KubeClient,
      SERVER,
      { ...deps, clock },
      AbortSignal.timeout(10_000),
    );
    return nowMs;
  }

  it("votes once its API answers, or still does after the entry of another one has run out", async () => {
    const ms = await waited([own]);
    expect(ms).toBeGreaterThan(15_000);
    expect(ms).toBeLessThan(30_000);
  });

  it("is waited for a minute where its API is not seen", async () => {
    const ms = await waited(["10.0.0.1"]);
    expect(ms).toBeGreaterThan(60_000);
    expect(ms).toBeLessThan(70_000);
  });
});

describe("agents can join", () => {
  const NAME = "k3d-demo-server-0";

  /** @returns how often the certificate was asked for */
  async function waited(isShared: (look: number) => boolean, isThere: (look: number) => boolean) {
    let look = 0;
    const send = async ({ path }: KubeRequest): Promise<KubeResponse> => {
      if (path.endsWith("/secrets/k3s-serving"))
        return { status: isShared(++look) ? 200 : 404, body: "" };
      if (look === 2) throw new Error("ECONNRESET");
      const items = isThere(look) ? [{ metadata: { name: NAME } }] : [];
      return { status: 200, body: JSON.stringify({ items }) };
    };
    const client = { send } as unknown as KubeClient;
    await waitUntilJoinable(client, NAME, NAME, deps, AbortSignal.timeout(10_000));
    return look;
  }

  it("once the server shares its certificate", async () => {
    expect(
      await waited(
        (look) => look >= 4,
        () => false,
      ),
    ).toBe(4);
  });

  it("once the server's node is there, where that is never seen", async () => {
    expect(
      await waited(
        () => false,
        (look) => look >= 5,
      ),
    ).toBeGreaterThanOrEqual(5);
  });
});
