import { expect, it } from "vitest";
import { onEveryEngine } from "./support/suite.js";
import { freePort } from "../engine/host/free-port.ts";
import { type World } from "./support/world.js";

/** A container's addresses on the cluster's network, as the engine tells them. */
interface Addresses {
  IPAddress: string;
  GlobalIPv6Address: string;
}

interface KubernetesNode {
  metadata: { name: string };
  spec: { podCIDRs: string[] };
  status: { addresses: { type: string; address: string }[] };
}

onEveryEngine("both address families", (world, engine) => {
  const addressesOf = async (cluster: string, node: string): Promise<string[]> => {
    const { NetworkSettings } = await engine.inspect(`k3d-${cluster}-${node}`);
    const found = NetworkSettings.Networks[`k3d-${cluster}`] as unknown as Addresses;
    return [found.IPAddress, found.GlobalIPv6Address];
  };
  /** The addresses that the Kubernetes nodes say they have. */
  const internalAddresses = async (w: World): Promise<Record<string, string[]>> => {
    const { items } = JSON.parse(await w.kubectl("get", "nodes", "-o", "json")) as {
      items: KubernetesNode[];
    };
    return Object.fromEntries(
      items.map(({ metadata: { name }, status }) => [
        name,
        status.addresses.flatMap(({ type, address }) => (type === "InternalIP" ? [address] : [])),
      ]),
    );
  };

  it("are had by nodes, pods and services, and kubectl works by IPv6 as by IPv4", async () => {
    const w = world();
    const cluster = w.name("dual");
    const [api, direct] = [await freePort(), await freePort()];
    const { capabilities } = JSON.parse(await w.k3d("runtime-info", "-o", "json")) as {
      capabilities: { ipv6: boolean; ipv6Loopback: boolean };
    };
    if (!capabilities.ipv6) {
      const refused = await w.run(["cluster", "create", cluster, "--ipv6"]);
      expect([refused.exitCode, refused.stderr]).toEqual([8, expect.stringContaining(`"ipv6"`)]);
      expect(await w.traces(cluster)).toEqual([]);
      return;
    }
    const host = capabilities.ipv6Loopback ? "[::1]" : "127.0.0.1";
    const ports = ["--api-port", `${host}:${api}`, "--port", `${direct}:6443@server:0:direct`];
    await w.k3d("cluster", "create", cluster, "--ipv6", "--agents", "1", ...ports);

    const server = await w.kubectl("config", "view", "--minify", "-o", "jsonpath={..server}");
    expect(server).toBe(`https://${host}:${api}`);
    expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
    const answersAt = async (url: string): Promise<void> => {
      const args = ["--server", url, "--tls-server-name", `k3d-${cluster}-serverlb`];
      expect(await w.kubectl(...args, "get", "--raw", "/readyz"), url).toBe("ok");
    };
    // A port without an address of the host is on both families, and so is the node behind it.
    for (const at of new Set(["127.0.0.1", host])) await answersAt(`https://${at}:${direct}`);
    // The load balancer and the server listen on both of their own.
    for (const node of ["serverlb", "server-0"]) {
      const [v4, v6] = await addressesOf(cluster, node);
      await answersAt(`https://${v4}:6443`);
      await answersAt(`https://[${v6}]:6443`);
    }

    const names = ["server-0", "agent-0"].map((name) => `k3d-${cluster}-${name}`);
    await expect.poll(() => w.readyNodes(), { timeout: 60_000 }).toEqual(names.toSorted());
    const [ofServer, ofAgent] = [
      await addressesOf(cluster, "server-0"),
      await addressesOf(cluster, "agent-0"),
    ];
    for (const address of [ofServer, ofAgent]) {
      expect(address[0]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(address[1]).toMatch(/^fd[0-9a-f]{2}:/);
    }
    const told = { [names[0] ?? ""]: ofServer, [names[1] ?? ""]: ofAgent };
    expect(await internalAddresses(w)).toEqual(told);
    const podNetworks = ["get", "node", names[1] ?? "", "-o", "jsonpath={.spec.podCIDRs}"];
    await expect
      .poll(() => w.kubectl(...podNetworks), { timeout: 30_000 })
      .toMatch(/^\["10\.42\.\d+\.0\/24","fd00:10:42:[0-9a-f:]*\/64"\]$/);
    const dns = ["-n", "kube-system", "get", "service", "kube-dns", "-o"];
    expect(await w.kubectl(...dns, "jsonpath={.spec.clusterIPs}")).toBe(
      '["10.43.0.10","fd00:10:43::a"]',
    );

    // The host is known under both of its addresses, by nodes and, through CoreDNS, by pods.
    const hosts = await engine.client("exec", names[1] ?? "", "cat", "/etc/hosts");
    const [v4, v6] = ["\\d+\\.", "fd"].map(
      (start) => new RegExp(`^(${start}\\S*)\\s.*host\\.k3d\\.internal`, "m").exec(hosts)?.[1],
    );
    expect([v4, v6], hosts).not.toContain(undefined);
    const nodeHosts = ["-n", "kube-system", "get", "configmap", "coredns", "-o"];
    await expect
      .poll(() => w.kubectl(...nodeHosts, "jsonpath={.data.NodeHosts}"), { timeout: 60_000 })
      .toSatisfy((text: string) =>
        [v4, v6].every((address) => text.includes(`${address} host.k3d.internal`)),
      );

    await w.k3d("cluster", "stop", cluster);
    await w.k3d("cluster", "start", cluster);
    expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
    expect(await internalAddresses(w)).toEqual(told);
    expect(await addressesOf(cluster, "agent-0")).toEqual(ofAgent);

    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });
});
