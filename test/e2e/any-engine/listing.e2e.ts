import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

interface NodeJson {
  name: string;
  role: string;
  status: string;
  cluster?: string;
}
interface ClusterJson {
  name: string;
  serversRunning: number;
  serversCount: number;
  agentsRunning: number;
  agentsCount: number;
  hasLoadbalancer: boolean;
  clusterToken?: string;
}

const BUSYBOX = process.env["K3D_E2E_BUSYBOX_IMAGE"] ?? "k3d.local/busybox:dev";

/** The labels that the Go k3d v5 puts on a node's container, without those that only ours has. */
function goLabels(cluster: string, role: string, extra: Record<string, string> = {}): string[] {
  const labels: Record<string, string> = {
    app: "k3d",
    "k3d.cluster": cluster,
    "k3d.cluster.imageVolume": `k3d-${cluster}-images`,
    "k3d.cluster.network": `k3d-${cluster}`,
    "k3d.cluster.network.external": "false",
    "k3d.cluster.network.iprange": "",
    "k3d.cluster.start.hostaliases": JSON.stringify([
      { ip: "10.11.12.13", hostnames: ["one.example.org", "two.example.org"] },
    ]),
    "k3d.cluster.token": "go-token",
    "k3d.cluster.url": `https://k3d-${cluster}-server-0:6443`,
    "k3d.role": role,
    "k3d.version": "v5.9.0",
    ...extra,
  };
  return Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
}

onEveryEngine("listing", (world, engine) => {
  const node = async (name: string): Promise<NodeJson | undefined> =>
    (await world().json<NodeJson[]>("node", "list")).find((candidate) => candidate.name === name);
  const cluster = async (name: string): Promise<ClusterJson | undefined> =>
    (await world().json<ClusterJson[]>("cluster", "list", "--token")).find(
      (candidate) => candidate.name === name,
    );

  it("prints one line for each cluster without headers, and agrees with the engine while a node is stopped or restarts again and again", async () => {
    const w = world();
    const name = w.name("list");
    await w.k3d("cluster", "create", name, "--agents", "1");
    const { stdout } = await w.run(["cluster", "list", "--no-headers"], {
      env: { LOG_LEVEL: "warn" },
    });
    const rows = stdout.split("\n").filter((line) => line.includes(name));
    expect(rows).toEqual([expect.stringMatching(/1\/1\s+1\/1\s+true/)]);
    expect(await w.k3d("cluster", "get", name, "--token")).toMatch(/TOKEN/);
    const agent = `k3d-${name}-agent-0`;
    await engine.client("stop", agent);
    expect(await node(agent)).toMatchObject({ status: "stopped", role: "agent", cluster: name });
    expect(await cluster(name)).toMatchObject({
      agentsRunning: 0,
      agentsCount: 1,
      serversRunning: 1,
      hasLoadbalancer: true,
    });

    await w.k3d("node", "start", agent);
    const { State } = await engine.inspect(agent);
    expect(State.Running).toBe(true);
    // It was waited for: the node has told Kubernetes that it is back.
    const lease = ["lease", agent, "-n", "kube-node-lease", "-o", "jsonpath={.spec.renewTime}"];
    const renewed = await w.kubectl("get", ...lease);
    expect(Date.parse(renewed)).toBeGreaterThanOrEqual(Date.parse(State.StartedAt));
    await w.k3d("cluster", "stop", name);
    const alone = await w.run(["node", "start", agent]);
    expect([alone.exitCode, alone.stderr]).toEqual([
      0,
      expect.stringContaining("its cluster is stopped"),
    ]);
    await w.k3d("cluster", "start", name);
    await engine.client(
      "exec",
      agent,
      "sh",
      "-c",
      "printf '#!/bin/sh\\nexit 7\\n' >/bin/k3d-entrypoint.sh",
    );
    await engine.client("restart", agent);
    // Podman has no status for the moment before it starts a container again.
    await expect
      .poll(async () => (await node(agent))?.status, { timeout: 60_000 })
      .toMatch(/^(restarting|stopped)$/);
    await expect
      .poll(() => cluster(name), { timeout: 60_000 })
      .toMatchObject({ agentsRunning: 0, agentsCount: 1 });
    await w.k3d("cluster", "delete", name);
    expect(await w.traces(name)).toEqual([]);
  });

  it("lists, stops, starts and deletes a cluster with the labels of the Go k3d", async () => {
    const w = world();
    const name = w.name("go");
    const server = `k3d-${name}-server-0`;
    const api = {
      "k3d.server.init": "true",
      "k3d.server.api.host": "0.0.0.0",
      "k3d.server.api.hostIP": "0.0.0.0",
      "k3d.server.api.port": "6550",
    };
    await engine.client("network", "create", "--label", "app=k3d", `k3d-${name}`);
    await engine.client(
      "volume",
      "create",
      "--label",
      "app=k3d",
      "--label",
      `k3d.cluster=${name}`,
      `k3d-${name}-images`,
    );
    const run = (container: string, role: string, extra = {}): Promise<string> =>
      engine.client(
        "run",
        "-d",
        "--init",
        "--name",
        container,
        "--network",
        `k3d-${name}`,
        "--restart",
        "unless-stopped",
        "-v",
        `k3d-${name}-images:/k3d/images`,
        ...goLabels(name, role, extra),
        BUSYBOX,
        "sleep",
        "600",
      );
    await run(server, "server", api);
    await run(`k3d-${name}-agent-0`, "agent");
    await run(`k3d-${name}-serverlb`, "loadbalancer");

    expect(await cluster(name)).toMatchObject({
      serversRunning: 1,
      serversCount: 1,
      agentsRunning: 1,
      agentsCount: 1,
      hasLoadbalancer: true,
      clusterToken: "go-token",
    });
    await w.k3d("cluster", "stop", name);
    expect((await engine.containers(name)).some(({ running }) => running)).toBe(false);
    await w.k3d("cluster", "start", name, "--wait=false");
    expect((await engine.containers(name)).every(({ running }) => running)).toBe(true);
    // The Go k3d writes them at every start; an engine forgets them with the container's end.
    for (const started of [server, `k3d-${name}-agent-0`]) {
      const hosts = await engine.client("exec", started, "cat", "/etc/hosts");
      expect(hosts).toMatch(/^[\d.]+ host\.k3d\.internal # k3d$/m);
      expect(hosts).toMatch(/^10\.11\.12\.13 one\.example\.org two\.example\.org # k3d$/m);
      expect(hosts).toContain("localhost");
    }
    await w.k3d("cluster", "delete", name);
    expect(await w.traces(name)).toEqual([]);
  });
});
