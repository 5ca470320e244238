import { describe, expect, it } from "vitest";
import { loadBalancerCommand, loadBalancerEnv, loadBalancerReloadCommand } from "./command.js";
import { loadBalancerFiles } from "./files.js";
import { applyLoadBalancerOverrides } from "./overrides.js";
import { addForward } from "./values.js";

const base = { ports: {}, settings: { workerConnections: 1024, defaultProxyTimeout: 600 } };
const values = addForward(
  addForward(base, 6443, "tcp", ["k3d-a-server-0", "k3d-a-server-1"]),
  53,
  "udp",
  ["k3d-a-agent-0"],
);

describe("load balancer", () => {
  it("adds nodes to a port once", () => {
    expect(
      addForward(structuredClone(values), 6443, "tcp", ["k3d-a-server-1", "k3d-a-server-2"]).ports[
        "6443.tcp"
      ],
    ).toEqual(["k3d-a-server-0", "k3d-a-server-1", "k3d-a-server-2"]);
  });

  it("writes the values that the Go k3d reads, and the addresses that are fixed", async () => {
    const addresses: Record<string, string> = {
      "k3d-a-server-0": "172.18.0.3",
      "k3d-a-agent-0": "172.18.0.5",
    };
    const files = await loadBalancerFiles(values, (name) => addresses[name]);
    expect(files).toEqual([
      expect.objectContaining({
        path: "/etc/confd/values.yaml",
        content:
          "ports:\n  6443.tcp:\n    - k3d-a-server-0\n    - k3d-a-server-1\n  53.udp:\n    - k3d-a-agent-0\nsettings:\n  workerConnections: 1024\n  defaultProxyTimeout: 600\n",
      }),
      expect.objectContaining({
        path: "/etc/k3d/addresses",
        content: "172.18.0.3 k3d-a-server-0\n172.18.0.5 k3d-a-agent-0\n",
      }),
    ]);
  });

  it("is a command that is whole without its first word, and reloads by the same program", () => {
    const [first, ...whole] = loadBalancerCommand();
    expect(first).toBe("env");
    expect(whole.slice(0, 2)).toEqual(["/bin/sh", "-c"]);
    expect(loadBalancerReloadCommand()).toEqual([...whole, "reload"]);
  });

  it("tells the container which resolver to pass queries on to", () => {
    expect(loadBalancerEnv("127.0.0.11:53")).toEqual(["K3D_LB_DNS=127.0.0.11:53"]);
    expect(loadBalancerEnv(undefined)).toEqual([]);
  });

  it("applies overrides and refuses others", () => {
    expect(
      applyLoadBalancerOverrides(values, ["settings.workerConnections=2048"]).settings,
    ).toEqual({
      workerConnections: 2048,
      defaultProxyTimeout: 600,
    });
    for (const bad of [
      "settings.workerConnections=x",
      "settings.nope=1",
      "ports=1",
      "settings.defaultProxyTimeout=0",
    ]) {
      expect(() => applyLoadBalancerOverrides(values, [bad])).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }),
      );
    }
  });
});
