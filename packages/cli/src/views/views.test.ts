import { describe, expect, it } from "vitest";
import { clusterView, nodeView } from "../testing/views.js";
import { clusterJson } from "./compatible.js";
import { createdText } from "./created.js";
import { importText } from "./imported.js";
import { pick } from "./lookup.js";
import { clusterTable, nodeTable } from "./tables.js";

const stopped = clusterView({
  name: "a-cluster-with-a-name-of-32-chars",
  servers: { running: 0, total: 3 },
  agents: { running: 10, total: 12 },
  hasLoadBalancer: false,
  token: undefined,
  api: undefined,
});

describe("clusterTable", () => {
  const clusters = [clusterView(), stopped];

  it("has the columns of the Go k3d", () => {
    expect(clusterTable(clusters, { headers: true, wide: false, token: false }))
      .toMatchInlineSnapshot(`
      "NAME                                SERVERS   AGENTS   LOADBALANCER
      demo                                1/1       0/0      true
      a-cluster-with-a-name-of-32-chars   0/3       10/12    false"
    `);
  });

  it("shows tokens where asked for", () => {
    expect(clusterTable([clusterView()], { headers: true, wide: false, token: true }))
      .toMatchInlineSnapshot(`
      "NAME   SERVERS   AGENTS   LOADBALANCER   TOKEN
      demo   1/1       0/0      true           secret-token"
    `);
  });

  it("shows more where asked for", () => {
    expect(clusterTable(clusters, { headers: false, wide: true, token: false }))
      .toMatchInlineSnapshot(`
      "demo                                1/1   0/0     true    docker   k3d-demo   0.0.0.0:28654
      a-cluster-with-a-name-of-32-chars   0/3   10/12   false   docker   k3d-demo"
    `);
  });
});

describe("nodeTable", () => {
  const nodes = [
    nodeView(),
    nodeView({ name: "shared", role: "registry", cluster: undefined, status: "stopped" }),
  ];
  const now = new Date("2026-11-22T14:05:00Z");

  it("has the columns of the Go k3d", () => {
    expect(nodeTable(nodes, { headers: true, wide: false }, now)).toMatchInlineSnapshot(`
      "NAME                ROLE       CLUSTER   STATUS
      k3d-demo-server-0   server     demo      running
      shared              registry             stopped"
    `);
  });

  it("shows more where asked for", () => {
    expect(nodeTable(nodes, { headers: true, wide: true }, now)).toMatchInlineSnapshot(`
      "NAME                ROLE       CLUSTER   STATUS    AGE   ADDRESS      RUNTIME   IMAGE
      k3d-demo-server-0   server     demo      running   5m    172.19.0.3   docker    docker.io/rancher/k3s:v1.36.4-k3s1
      shared              registry             stopped   5m    172.19.0.3   docker    docker.io/rancher/k3s:v1.36.4-k3s1"
    `);
  });
});

describe("JSON", () => {
  it("has the field names of the Go k3d beside k3d's own", () => {
    expect(clusterJson(clusterView(), false)).toMatchInlineSnapshot(`
      {
        "agents": {
          "running": 0,
          "total": 0,
        },
        "agentsCount": 0,
        "agentsRunning": 0,
        "hasLoadbalancer": true,
        "imageVolume": "k3d-demo-images",
        "kubeAPI": {
          "Binding": {
            "HostIp": "0.0.0.0",
            "HostPort": "28654",
          },
          "Port": "6443/tcp",
          "host": "0.0.0.0",
        },
        "name": "demo",
        "network": {
          "id": "a5e286",
          "ipam": {
            "ipPrefix": "172.19.0.0/16",
          },
          "isExternal": false,
          "name": "k3d-demo",
        },
        "nodes": [
          {
            "IP": {
              "IP": "172.19.0.3",
            },
            "State": {
              "Running": true,
              "Status": "running",
            },
            "cluster": "demo",
            "created": "2026-11-22T14:00:00.000Z",
            "id": "4f1d5c",
            "image": "docker.io/rancher/k3s:v1.36.4-k3s1",
            "name": "k3d-demo-server-0",
            "portMappings": {},
            "role": "server",
            "runtime": "docker",
            "runtimeLabels": {
              "app": "k3d",
              "k3d.cluster": "demo",
            },
            "serverOpts": {
              "isInitializingServer": true,
            },
            "status": "running",
          },
          {
            "IP": {
              "IP": "172.19.0.3",
            },
            "State": {
              "Running": true,
              "Status": "running",
            },
            "cluster": "demo",
            "created": "2026-11-22T14:00:00.000Z",
            "id": "4f1d5c",
            "image": "docker.io/rancher/k3s:v1.36.4-k3s1",
            "name": "k3d-demo-serverlb",
            "portMappings": {
              "6443/tcp": [
                {
                  "HostIp": "0.0.0.0",
                  "HostPort": "28654",
                },
              ],
            },
            "role": "loadbalancer",
            "runtime": "docker",
            "runtimeLabels": {
              "app": "k3d",
              "k3d.cluster": "demo",
            },
            "serverOpts": {
              "isInitializingServer": false,
            },
            "status": "running",
          },
        ],
        "runtime": "docker",
        "servers": {
          "running": 1,
          "total": 1,
        },
        "serversCount": 1,
        "serversRunning": 1,
      }
    `);
  });

  it("shows a cluster's token only where asked for", () => {
    expect(JSON.stringify(clusterJson(clusterView(), false))).not.toContain("secret-token");
    expect(clusterJson(clusterView(), true).clusterToken).toBe("secret-token");
  });

  it("leaves out what is not known", () => {
    const { kubeAPI, clusterToken, nodes } = clusterJson(stopped, true);
    expect({ kubeAPI, clusterToken }).toEqual({ kubeAPI: undefined, clusterToken: undefined });
    expect(nodes).toHaveLength(2);
  });
});

describe("pick", () => {
  const items = ["b", "a10", "a2"].map((name) => ({ name }));

  it("gives all in the order of their names, numbers by value", () => {
    expect(pick(items, [], "cluster").map(({ name }) => name)).toEqual(["a2", "a10", "b"]);
  });

  it("gives those named, each once", () => {
    expect(pick(items, ["b", "a2", "b"], "cluster").map(({ name }) => name)).toEqual(["b", "a2"]);
  });

  it("names what is missing and what is near", () => {
    expect(() => pick([{ name: "demo" }], ["demp", "demo", "x"], "cluster")).toThrow(
      expect.objectContaining({
        code: "NOT_FOUND",
        message: 'No clusters "demp", "x"',
        hint: "Did you mean demo? k3d cluster list shows what is there",
      }),
    );
  });
});

describe("createdText", () => {
  const result = { cluster: clusterView(), apiUrl: "https://127.0.0.1:28654", warnings: [] };
  const kubeconfig = { path: "/root/.kube/config", context: "k3d-demo" };

  it.each([
    ["with its context switched to", { ...kubeconfig, current: true }, []],
    [
      "in the kubeconfig only",
      { ...kubeconfig, current: false },
      ["  kubectl config use-context k3d-demo"],
    ],
    ["not in the kubeconfig", undefined, ["  export KUBECONFIG=$(k3d kubeconfig write demo)"]],
  ])("tells how to use a cluster %s", (_case, written, first) => {
    expect(
      createdText("k3d", { ...result, ...(written ? { kubeconfig: written } : {}) }).split("\n"),
    ).toEqual([
      "Cluster demo is there at https://127.0.0.1:28654. Use it like this:",
      "",
      ...first,
      "  kubectl cluster-info",
      "",
      "Delete it with: k3d cluster delete demo",
    ]);
  });
});

describe("importText", () => {
  const node = (cluster: string, imported: string[], present: string[] = []) => ({
    node: `k3d-${cluster}-server-0`,
    cluster,
    imported,
    present,
  });

  it.each([
    [
      "all that was copied",
      [node("a", ["x", "y"]), node("b", ["x", "y"])],
      "Imported into a, b: x, y",
    ],
    [
      "a cluster that had it",
      [node("a", ["x"]), node("b", [], ["x"])],
      "Imported into a: x; already in b: x",
    ],
    [
      "other images of other clusters",
      [node("a", ["x"], ["y"]), node("b", ["y"], ["x"])],
      "Imported into a: x; imported into b: y; already in a: y; already in b: x",
    ],
    [
      "a node of the same cluster that had it",
      [node("a", ["x"]), node("a", [], ["x"])],
      "Imported into a: x",
    ],
    ["nothing that was copied", [node("a", [], ["x"])], "Nothing to import: already in a: x"],
  ])("tells of %s", (_what, nodes, text) => {
    expect(importText({ nodes })).toBe(text);
  });
});
