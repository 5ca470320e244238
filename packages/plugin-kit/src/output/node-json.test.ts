import type { NodeDetails, NodeView } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { nodeJson } from "./node-json.js";

const node: NodeView = {
  name: "k3d-demo-serverlb",
  role: "loadbalancer",
  cluster: "demo",
  status: "running",
  runtime: "docker",
  id: "4f1d5c",
  image: "nginx",
  created: new Date("2026-11-22T14:00:00Z"),
  networks: ["k3d-demo"],
  ports: [
    { containerPort: 80, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 8080 },
    { containerPort: 80, protocol: "tcp", hostIp: "::", hostPort: 8080 },
    { containerPort: 53, protocol: "udp" },
  ],
  initServer: false,
  labels: { app: "k3d", "k3d.cluster.token": "secret-token" },
};

describe("nodeJson", () => {
  it.each([
    ["stopped", { Running: false, Status: "exited" }],
    ["creating", { Running: false, Status: "created" }],
    ["created", { Running: false, Status: "created" }],
    ["paused", { Running: false, Status: "paused" }],
    ["restarting", { Running: false, Status: "restarting" }],
    ["running", { Running: true, Status: "running" }],
  ] as const)("has the OCI word %s as status and Docker's as State.Status", (status, state) => {
    expect(nodeJson({ ...node, status })).toMatchObject({ status, State: state });
  });

  it("leaves out the token, of registries too", () => {
    expect(nodeJson(node).runtimeLabels).toEqual({ app: "k3d" });
    expect(JSON.stringify(nodeJson({ ...node, role: "registry" }))).not.toContain("secret-token");
  });

  it("lists where each port is published", () => {
    expect(nodeJson(node).portMappings).toEqual({
      "80/tcp": [
        { HostIp: "0.0.0.0", HostPort: "8080" },
        { HostIp: "::", HostPort: "8080" },
      ],
      "53/udp": [{ HostIp: "", HostPort: "" }],
    });
  });

  it("has the fields of the Go k3d for an inspected container, without secrets", () => {
    const details: NodeDetails = {
      spec: {
        name: "k3d-demo-server-0",
        image: "k3s",
        process: {
          args: [
            "/bin/k3d-entrypoint.sh",
            "server",
            "--cluster-init",
            "--disable=traefik",
            "--tls-san",
            "0.0.0.0",
            "--tls-san",
            "mine.example",
            "--node-label",
            "zone=a=b",
            "--agent-token",
            "secret-agent",
          ],
          env: ["K3S_TOKEN=secret-token", "FOO=bar"],
          rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 2048 }],
        },
        mounts: [
          { type: "tmpfs", destination: "/run" },
          { type: "bind", source: "/src", destination: "/dst", options: ["ro"] },
          { type: "volume", source: "k3d-demo-images", destination: "/k3d/images" },
        ],
        labels: {},
        linux: { resources: { memory: { limit: 1_073_741_824 } }, hostNamespaces: ["user"] },
        networks: [],
        ports: [],
        extraHosts: [{ ip: "10.0.0.1", hostnames: ["a", "b"] }],
      },
      restartPolicy: { name: "unless-stopped" },
      mounts: [],
      networks: [],
      restartCount: 0,
      startedAt: new Date("2026-11-22T14:01:00Z"),
    };
    const server = {
      ...node,
      role: "server" as const,
      labels: { ...node.labels, "k3d.server.api.host": "0.0.0.0", "k3d.server.api.port": "6550" },
      details,
    };
    expect(nodeJson(server)).toMatchSnapshot();
    expect(JSON.stringify(nodeJson(server))).not.toMatch(/secret-/);
    const open = nodeJson(server, { secrets: true });
    expect(open.env).toContain("K3S_TOKEN=secret-token");
    expect(open.runtimeLabels).toMatchObject({ "k3d.cluster.token": "secret-token" });
    expect(open.extraArgs).toEqual([
      "--disable=traefik",
      "--tls-san",
      "mine.example",
      "--agent-token",
      "secret-agent",
    ]);
  });
});
