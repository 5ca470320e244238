import { httpsKubeClients } from "../../readiness/https-kube-client.js";
import { describe, expect, it } from "vitest";
import { stockedEngine, wholeCluster } from "../../testing/stocked-engine.js";
import { systemClock } from "../../model/clock.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { kubeNodes, type KubeClient } from "../../readiness/kube-client.js";
import { describeCondition, parseWaitCondition } from "./conditions.js";
import { kubePods } from "./kube-state.js";
import { waitForConditions } from "./wait-for.js";

describe("parseWaitCondition", () => {
  it.each(["ready", "node=k3d-demo-agent-0", "pod-ready=app=web,tier in (a,b)"])(
    "reads %s",
    (text) => {
      expect(describeCondition(parseWaitCondition(text))).toBe(text);
    },
  );

  it.each(["", "Ready", "ready=yes", "node", "node=", "pod-ready", "pods=app=web"])(
    "refuses %j",
    (text) => {
      expect(() => parseWaitCondition(text)).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }) as Error,
      );
    },
  );
});

describe("what the API tells", () => {
  const { signal } = new AbortController();
  const asked: string[] = [];
  const answering = (status: number, body: unknown): KubeClient =>
    ({
      send: async ({ path }: { path: string }) => {
        asked.push(path);
        return { status, body: JSON.stringify(body) };
      },
    }) as unknown as KubeClient;
  const ready = (status: string) => ({ conditions: [{ type: "Ready", status }] });

  it("is which nodes are Ready", async () => {
    const client = answering(200, {
      items: [
        { metadata: { name: "a" }, status: ready("True") },
        { metadata: { name: "b" }, status: ready("Unknown") },
        { metadata: { name: "c" } },
      ],
    });
    expect(await kubeNodes(client, signal)).toEqual([
      { name: "a", ready: true, labels: {} },
      { name: "b", ready: false, labels: {} },
      { name: "c", ready: false, labels: {} },
    ]);
    expect(await kubeNodes(answering(503, "no"), signal)).toBeUndefined();
  });

  it("is which pods are Ready or have succeeded", async () => {
    const pod = (name: string, status: object) => ({ metadata: { name, namespace: "n" }, status });
    const client = answering(200, {
      items: [
        pod("a", { phase: "Running", ...ready("True") }),
        pod("b", { phase: "Succeeded", ...ready("False") }),
        pod("c", { phase: "Running", ...ready("False") }),
      ],
    });
    const selector = "app=web,tier in (a)";
    expect((await kubePods(client, { selector }, signal))?.map((one) => one.ready)).toEqual([
      true,
      true,
      false,
    ]);
    await kubePods(client, { selector, namespace: "shop" }, signal);
    expect(asked.slice(-2)).toEqual([
      "/api/v1/pods?labelSelector=app%3Dweb%2Ctier%20in%20(a)",
      "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb%2Ctier%20in%20(a)",
    ]);
    await expect(
      kubePods(answering(400, { message: "bad" }), { selector: "!!" }, signal),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("waitForConditions", () => {
  it("refuses at once where no server runs, or the node is none of the cluster", async () => {
    const world = stockedEngine();
    await wholeCluster(world, "demo");
    const { runtime } = world;
    const deps = { runtime, clock: systemClock, kube: httpsKubeClients() };
    const view = async () => {
      const [cluster] = clusterViews(await listNodes(runtime));
      if (cluster === undefined) throw new Error("no cluster");
      return { ...cluster, api: { host: "127.0.0.1", port: 1 } };
    };
    await expect(
      waitForConditions(await view(), [{ kind: "node", name: "demo-sever-0" }], deps),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("k3d-demo-server-0") as string,
    });
    await runtime.containers.stop("k3d-demo-server-0");
    await expect(waitForConditions(await view(), [{ kind: "ready" }], deps)).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
      hint: expect.stringContaining("k3d cluster start demo") as string,
    });
  });
});
