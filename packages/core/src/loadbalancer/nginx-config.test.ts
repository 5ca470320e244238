import { describe, expect, it } from "vitest";
import { followNamesScript } from "./command.js";
import { loadBalancerFiles } from "./files.js";
import { renderNginxConfig } from "./nginx-config.js";
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
  it("renders a stream proxy with fixed addresses", () => {
    const addresses: Record<string, string> = {
      "k3d-a-server-0": "172.18.0.3",
      "k3d-a-server-1": "172.18.0.4",
      "k3d-a-agent-0": "172.18.0.5",
    };
    expect(renderNginxConfig(values, (name) => addresses[name] ?? name)).toMatchSnapshot();
  });

  it("adds nodes to a port once", () => {
    expect(
      addForward(values, 6443, "tcp", ["k3d-a-server-1", "k3d-a-server-2"]).ports["6443.tcp"],
    ).toEqual(["k3d-a-server-0", "k3d-a-server-1", "k3d-a-server-2"]);
  });

  it("writes the values that the Go k3d reads", async () => {
    const [first] = await loadBalancerFiles(values, () => "172.18.0.9");
    expect(first).toMatchObject({
      path: "/etc/confd/values.yaml",
      content:
        "ports:\n  6443.tcp:\n    - k3d-a-server-0\n    - k3d-a-server-1\n  53.udp:\n    - k3d-a-agent-0\nsettings:\n  workerConnections: 1024\n  defaultProxyTimeout: 600\n",
    });
  });

  it("follows names where addresses are not fixed", async () => {
    const files = await loadBalancerFiles(values, () => undefined);
    expect(files.map(({ path }) => path)).toEqual([
      "/etc/confd/values.yaml",
      "/etc/nginx/k3d-nginx.conf.in",
      "/etc/nginx/k3d-loadbalancer.sh",
    ]);
    expect(followNamesScript(["k3d-a-server-0"]).content).toContain(
      "for name in k3d-a-server-0; do",
    );
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
