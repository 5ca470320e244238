import type { NodeView } from "@k3d/core";
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
});
