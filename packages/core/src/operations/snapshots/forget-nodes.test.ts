import { expect, it } from "vitest";
import type { KubeClient, KubeRequest } from "../../readiness/kube-client.js";
import { forgetNodes } from "./forget-nodes.js";
import { persistentClient } from "./persistent-client.js";

const { signal } = new AbortController();
const clock = { now: () => 0, sleep: async () => {} };

const POD = { metadata: { name: "web", namespace: "shop" }, spec: { nodeName: "old-server-0" } };
const OTHER = { metadata: { name: "db", namespace: "shop" }, spec: { nodeName: "new-server-0" } };
const volume = (node: string) => ({
  metadata: {
    name: "pvc-1",
    uid: "1",
    resourceVersion: "2",
    annotations: { by: "local-path" },
    finalizers: ["kubernetes.io/pv-protection"],
  },
  spec: {
    claimRef: { name: "data", uid: "3" },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] },
        ],
      },
    },
  },
  status: { phase: "Bound" },
});

/** An API with two nodes, and what was asked of it. */
function api(volumes: object[], trouble: (request: KubeRequest, nth: number) => number = () => 0) {
  const changes: KubeRequest[] = [];
  let nth = 0;
  const client: KubeClient = {
    entries: {} as KubeClient["entries"],
    url: "https://api",
    async send(request) {
      nth += 1;
      const status = trouble(request, nth);
      if (status < 0) throw new DOMException("The operation was aborted", "AbortError");
      if (status > 0) return { status, body: "" };
      const { method = "GET", path } = request;
      if (method !== "GET") {
        changes.push(request);
        return path.includes("secrets")
          ? { status: 404, body: JSON.stringify({ reason: "NotFound" }) }
          : { status: 200, body: "{}" };
      }
      const items = path.startsWith("/api/v1/nodes")
        ? [{ metadata: { name: "old-server-0" } }, { metadata: { name: "new-server-0" } }]
        : path.startsWith("/api/v1/pods")
          ? [POD, OTHER]
          : volumes;
      return { status: 200, body: JSON.stringify({ items }) };
    },
  };
  return { client: persistentClient(client, clock), changes };
}

const successors = new Map([["old-server-0", "new-server-0"]]);
const forget = (client: KubeClient) => forgetNodes(client, ["new-server-0"], successors, signal);
const told = (changes: readonly KubeRequest[]) =>
  changes.map(({ method, path }) => `${method} ${path}`);

const GONE = [
  "DELETE /api/v1/nodes/old-server-0",
  "DELETE /api/v1/namespaces/kube-system/secrets/old-server-0.node-password.k3s",
  "DELETE /api/v1/namespaces/shop/pods/web?gracePeriodSeconds=0",
];

it("removes the node, its password and its pods, and no others", async () => {
  const { client, changes } = api([]);
  expect(await forget(client)).toEqual(["old-server-0"]);
  expect(told(changes)).toEqual(GONE);
});

it("makes a local volume anew for the node that has its files, still bound to its claim", async () => {
  const { client, changes } = api([volume("old-server-0"), volume("new-server-0")]);
  await forget(client);
  expect(told(changes).slice(0, 3)).toEqual([
    "DELETE /api/v1/persistentvolumes/pvc-1",
    "PATCH /api/v1/persistentvolumes/pvc-1",
    "POST /api/v1/persistentvolumes",
  ]);
  const { metadata, spec } = volume("new-server-0");
  const { uid: _uid, resourceVersion: _version, ...kept } = metadata;
  expect(changes[2]?.body).toEqual({ metadata: kept, spec });
  expect(told(changes).slice(3)).toEqual(GONE);
});

it("goes on through an API that has just come up: refused, cut off, too slow", async () => {
  const { client, changes } = api([], (_request, nth) => (nth % 3 === 0 ? 0 : nth % 2 ? -1 : 503));
  await forget(client);
  expect(told(changes)).toEqual(GONE);
});

it("ends in time with an API that never comes up, and at once when it is told to", async () => {
  await expect(forget(api([], () => 503).client)).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringContaining("it answers 503"),
  });
  const { client } = api([], () => -1);
  await expect(forgetNodes(client, [], successors, AbortSignal.abort())).rejects.toMatchObject({
    code: "ABORTED",
  });
});
