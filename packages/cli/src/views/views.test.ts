import { describe, expect, it } from "vitest";
import { clusterView, listedCluster, nodeView } from "../testing/views.js";
import { clusterJson } from "./compatible.js";
import { createdText } from "./created.js";
import { importText } from "./imported.js";
import { pick } from "./lookup.js";
import { clusterTable, nodeTable } from "./tables.js";

const stopped = listedCluster({
  name: "a-cluster-with-a-name-of-32-chars",
  servers: { running: 0, total: 3 },
  agents: { running: 10, total: 12 },
  hasLoadBalancer: false,
  token: undefined,
  api: undefined,
  state: { status: "degraded", running: 10, total: 15 },
});
const now = new Date("2026-11-22T14:05:00Z");

describe("clusterTable", () => {
  const balancer = clusterView().nodes.map((node) => ({
    ...node,
    ports:
      node.role === "loadbalancer"
        ? [
            ...node.ports,
            { containerPort: 80, protocol: "tcp" as const, hostIp: "0.0.0.0", hostPort: 8080 },
            { containerPort: 80, protocol: "tcp" as const, hostIp: "::", hostPort: 8080 },
            { containerPort: 53, protocol: "udp" as const, hostIp: "127.0.0.1", hostPort: 5353 },
          ]
        : [],
  }));
  const demo = listedCluster({ nodes: balancer });
  const table = (changes = {}) =>
    clusterTable([demo, stopped], {
      headers: true,
      wide: false,
      token: false,
      currentContext: "k3d-demo",
      now,
      ...changes,
    });

  it("has the columns of the Go k3d first", () => {
    expect(table()).toMatchInlineSnapshot(`
      "NAME                                SERVERS   AGENTS   LOADBALANCER   STATUS           AGE   VERSION        PORTS                           RUNTIME   CURRENT
      demo                                1/1       0/0      true           running          5m    v1.36.4+k3s1   8080:80,127.0.0.1:5353:53/udp   docker    *
      a-cluster-with-a-name-of-32-chars   0/3       10/12    false          degraded 10/15   5m    v1.36.4+k3s1   -                               docker"
    `);
  });

  it("shows tokens where asked for, behind the columns of the Go k3d", () => {
    const [header, row] = table({ token: true }).split("\n");
    expect(header?.split(/ +/).slice(0, 5)).toEqual([
      "NAME",
      "SERVERS",
      "AGENTS",
      "LOADBALANCER",
      "TOKEN",
    ]);
    expect(row?.split(/ +/)[4]).toBe("secret-token");
  });

  it("shows more where asked for", () => {
    expect(table({ wide: true, headers: false })).toMatchInlineSnapshot(`
      "demo                                1/1   0/0     true    running          5m   v1.36.4+k3s1   8080:80,127.0.0.1:5353:53/udp   docker   k3d-demo   0.0.0.0:28654   -   *
      a-cluster-with-a-name-of-32-chars   0/3   10/12   false   degraded 10/15   5m   v1.36.4+k3s1   -                               docker   k3d-demo   -               -"
    `);
  });

  it("shows how long clusters are still wanted, where one has a time to live", () => {
    const column = (expires: string): string | undefined => {
      const [header = "", row = ""] = clusterTable([{ ...demo, expires: new Date(expires) }], {
        headers: true,
        wide: false,
        token: false,
        now,
      }).split("\n");
      return row.slice(header.indexOf("EXPIRES")).split(" ")[0];
    };
    expect(table()).not.toContain("EXPIRES");
    expect(column(new Date(now.getTime() + 3 * 3_600_000).toISOString())).toBe("3h");
    expect(column(now.toISOString())).toBe("expired");
  });

  it.each([80, 60])("fits a terminal of %i columns", (width) => {
    const text = table({ width });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text).toMatchSnapshot();
  });
});

describe("nodeTable", () => {
  const nodes = [
    nodeView(),
    nodeView({ name: "shared", role: "registry", cluster: undefined, status: "stopped" }),
  ];
  const table = (changes = {}) => nodeTable(nodes, { headers: true, wide: false, now, ...changes });

  it("has the columns of the Go k3d first", () => {
    expect(table()).toMatchInlineSnapshot(`
      "NAME                ROLE       CLUSTER   STATUS    AGE   VERSION        PORTS   RUNTIME
      k3d-demo-server-0   server     demo      running   5m    v1.36.4+k3s1   -       docker
      shared              registry             stopped   5m    -              -       docker"
    `);
  });

  it("shows more where asked for, and less where there is no room", () => {
    expect(table({ wide: true })).toMatchInlineSnapshot(`
      "NAME                ROLE       CLUSTER   STATUS    AGE   VERSION        PORTS   RUNTIME   ADDRESS      IMAGE
      k3d-demo-server-0   server     demo      running   5m    v1.36.4+k3s1   -       docker    172.19.0.3   docker.io/rancher/k3s:v1.36.4-k3s1
      shared              registry             stopped   5m    -              -       docker    172.19.0.3   docker.io/rancher/k3s:v1.36.4-k3s1"
    `);
    expect(table({ width: 60 })).toMatchInlineSnapshot(`
      "NAME                ROLE       CLUSTER   STATUS    AGE
      k3d-demo-server-0   server     demo      running   5m
      shared              registry             stopped   5m"
    `);
  });
});

describe("JSON", () => {
  it("has the field names of the Go k3d beside k3d's own", () => {
    expect(JSON.parse(JSON.stringify(clusterJson(clusterView())))).toMatchInlineSnapshot(`
      {
        "agents": {
          "running": 0,
          "total": 0,
        },
        "agentsCount": 0,
        "agentsRunning": 0,
        "created": "2026-11-22T14:00:00.000Z",
        "hasLoadbalancer": true,
        "imageVolume": "k3d-demo-images",
        "k3sVersions": [
          "v1.36.4+k3s1",
        ],
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
              "Static": false,
            },
            "Networks": [
              "k3d-demo",
            ],
            "State": {
              "Running": true,
              "Started": "",
              "Status": "running",
            },
            "agentOpts": {},
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
              "kubeAPI": {
                "Binding": {
                  "HostIp": "",
                  "HostPort": "",
                },
                "Port": "",
              },
            },
            "status": "running",
          },
          {
            "IP": {
              "IP": "172.19.0.3",
              "Static": false,
            },
            "Networks": [
              "k3d-demo",
            ],
            "State": {
              "Running": true,
              "Started": "",
              "Status": "running",
            },
            "agentOpts": {},
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
              "kubeAPI": {
                "Binding": {
                  "HostIp": "",
                  "HostPort": "",
                },
                "Port": "",
              },
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
    expect(JSON.stringify(clusterJson(clusterView()))).not.toContain("secret-token");
    expect(clusterJson(clusterView(), { token: true }).clusterToken).toBe("secret-token");
  });

  it("leaves out what is not known", () => {
    const { kubeAPI, clusterToken, nodes } = clusterJson(stopped, { token: true });
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

  it("takes names with and without the prefix", () => {
    const nodes = [{ name: "k3d-a-agent-0" }, { name: "k3d-a-server-0" }];
    expect(pick(nodes, ["a-agent-0", "k3d-a-agent-0"], "node")).toEqual([nodes[0]]);
  });

  it("names what is missing and what is near", () => {
    expect(() => pick([{ name: "demo" }], ["demp", "demo", "x"], "cluster")).toThrow(
      expect.objectContaining({
        code: "NOT_FOUND",
        message: "Clusters 'demp', 'x' do not exist",
        hint: "Did you mean 'demo'? Clusters that exist: demo.",
      }),
    );
  });
});

describe("createdText", () => {
  const result = { cluster: clusterView(), apiUrl: "https://127.0.0.1:28654", warnings: [] };
  const kubeconfig = { path: "/root/.kube/config", context: "k3d-demo", current: true };
  const port = (containerPort: number, hostPort: number, more = {}) => ({
    containerPort,
    hostPort,
    protocol: "tcp" as const,
    ...more,
  });

  it("tells where everything is, and what to do next, in 60 columns", () => {
    const nodes = [
      nodeView(),
      nodeView({
        role: "loadbalancer",
        ports: [
          port(6443, 28_654),
          port(80, 8080, { hostIp: "0.0.0.0" }),
          port(80, 8080, { hostIp: "::" }),
          port(443, 8443, { hostIp: "192.0.2.1" }),
          port(5432, 5432),
          port(53, 5353, { protocol: "udp" }),
        ],
      }),
      nodeView({ name: "k3d-demo-registry", role: "registry", ports: [port(5000, 5001)] }),
    ];
    const text = createdText(
      "k3d",
      { ...result, cluster: clusterView({ nodes }), kubeconfig },
      12_340,
    );
    expect(text).toMatchInlineSnapshot(`
      "Cluster demo is ready after 12s.

        API       https://127.0.0.1:28654
        Context   k3d-demo, the current one of /root/.kube/config
        Ports     http://localhost:8080 -> 80
                  https://192.0.2.1:8443 -> 443
                  localhost:5432 -> 5432
                  localhost:5353 -> 53/udp
        Registry  k3d-demo-registry, here localhost:5001
                  docker push localhost:5001/IMAGE

      Use it, and delete it when you are done:

        kubectl get nodes
        k3d cluster delete demo

      The API listens on all addresses; narrow it with:
        --api-port 127.0.0.1:28654"
    `);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it.each([
    [
      "in the kubeconfig only",
      { ...kubeconfig, current: false },
      "kubectl config use-context k3d-demo",
    ],
    ["not in the kubeconfig", undefined, "export KUBECONFIG=$(k3d kubeconfig write demo)"],
  ])("tells how to use a cluster that is %s", (_case, written, first) => {
    const text = createdText("k3d", { ...result, ...(written ? { kubeconfig: written } : {}) });
    expect(text).toContain(`\n  ${first}\n  kubectl get nodes\n  k3d cluster delete demo\n`);
  });
});

describe("importText", () => {
  const node = (cluster: string, imported: string[], present: string[] = []) => ({
    node: `k3d-${cluster}-server-0`,
    cluster,
    imported,
    present,
    sent: 0,
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
