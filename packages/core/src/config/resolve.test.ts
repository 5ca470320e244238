import { describe, expect, it } from "vitest";
import { resolveConfig } from "./resolve.js";
import type { SimpleConfig } from "./simple-config.js";

const config = (fields: Partial<SimpleConfig>): SimpleConfig => ({
  apiVersion: "k3d.io/v1alpha5",
  kind: "Simple",
  ...fields,
});
describe("resolveConfig", () => {
  it("fills in every default", () => {
    expect(resolveConfig(config({}))).toEqual({
      apiVersion: "k3d.io/v1alpha5",
      kind: "Simple",
      metadata: { name: "k3s-default" },
      servers: 1,
      agents: 0,
      machines: [],
      placement: [],
      placementRules: [],
      isDualStack: false,
      subnets: { hasIpv6: false },
      kubeAPI: { hostPort: "random" },
      image: expect.stringMatching(/^docker\.io\/rancher\/k3s:v/),
      volumes: [],
      ports: [],
      env: [],
      files: [],
      hooks: [],
      registries: { use: [], refs: [] },
      hostAliases: [],
      options: {
        k3d: {
          wait: true,
          waitFor: "usable",
          disableLoadbalancer: false,
          disableImageVolume: false,
          disableRollback: false,
          enginePaths: false,
          tunnel: false,
          loadbalancer: { configOverrides: [] },
        },
        k3s: { extraArgs: [], nodeLabels: [] },
        kubeconfig: { updateDefaultKubeconfig: true, switchCurrentContext: true },
        runtime: { hostPidMode: false, labels: [], ulimits: [] },
      },
    });
  });

  it("is the same for a config that is resolved already", () => {
    const resolved = resolveConfig(
      config({
        agents: 2,
        kubeAPI: { hostIP: "0.0.0.0", hostPort: "6550" },
        ports: [{ port: "8080:80", nodeFilters: ["loadbalancer"] }],
        registries: { create: { volumes: ["/x:/y"] }, use: ["reg:5000"] },
        files: [{ source: "x", destination: "k3s-storage/x" }],
        options: { k3d: { timeout: "90s", ttl: "4h" }, runtime: { serversMemory: "1g" } },
      }),
    );
    expect(resolveConfig(resolved)).toEqual(resolved);
  });

  it("takes env values from the caller and drops what the caller does not have", () => {
    const env = [{ envVar: "HOME" }, { envVar: "NOPE" }, { envVar: "A=b" }];
    expect(resolveConfig(config({ env }), { environment: { HOME: "/root" } }).env).toEqual([
      { envVar: "HOME=/root", name: "HOME", value: "/root", filters: [] },
      { envVar: "A=b", name: "A", value: "b", filters: [] },
    ]);
  });

  it("names the registry after the cluster", () => {
    const { registries } = resolveConfig(
      config({ metadata: { name: "demo" }, registries: { create: { host: "localhost" } } }),
    );
    expect(registries.create).toEqual({
      name: "k3d-demo-registry",
      host: "127.0.0.1",
      hostPort: "random",
      mounts: [],
    });
  });

  it("has what every text means beside it", () => {
    const resolved = resolveConfig(
      config({
        ports: [{ port: "8080:80", nodeFilters: ["server:0:direct"] }],
        volumes: [{ volume: "/a:/b:ro" }],
        registries: { use: ["http://reg:5000"], create: { hostPort: "5000", volumes: ["v1:/x"] } },
        options: {
          k3d: { timeout: "1m30s", ttl: "4h" },
          runtime: { agentsMemory: "1.5g", labels: [{ label: "a=b=c", nodeFilters: ["all"] }] },
        },
      }),
    );
    const [port] = resolved.ports;
    expect(port?.bindings).toEqual([{ hostPort: 8080, containerPort: 80, protocol: "tcp" }]);
    expect(port?.filters).toMatchObject([{ kind: "group", group: "server", suffix: "direct" }]);
    expect(resolved.volumes[0]?.mount).toMatchObject({ type: "bind", options: ["ro"] });
    expect(resolved.registries.refs).toEqual([{ name: "reg", port: 5000 }]);
    expect(resolved.registries.create?.port).toBe(5000);
    expect(resolved.registries.create?.mounts).toMatchObject([{ type: "volume", source: "v1" }]);
    expect(resolved.options.k3d).toMatchObject({ timeoutMs: 90_000, ttlMs: 14_400_000 });
    expect(resolved.options.runtime.agentsMemoryBytes).toBe(1.5 * 1024 ** 3);
    expect(resolved.options.runtime.labels[0]).toMatchObject({ key: "a", value: "b=c" });
  });

  it("has neither load balancer nor API port mapping on the host's network", () => {
    const resolved = resolveConfig(config({ network: "host" }));
    expect(resolved.options.k3d.disableLoadbalancer).toBe(true);
    expect(resolved.kubeAPI.hostPort).toBe("6443");
  });

  it.each([
    [
      { hostIP: "127.0.0.1" },
      {
        host: "127.0.0.1",
        hostIP: "127.0.0.1",
        hostPort: "random",
        clientHost: "127.0.0.1",
      },
    ],
    [
      { hostIP: "0.0.0.0", hostPort: "06446" },
      { hostIP: "0.0.0.0", hostPort: "6446", port: 6446, clientHost: "0.0.0.0" },
    ],
    [
      { host: "k3d.example.org", hostIP: "127.0.0.1" },
      {
        host: "k3d.example.org",
        hostIP: "127.0.0.1",
        hostPort: "random",
        clientHost: "k3d.example.org",
      },
    ],
    [{ hostPort: "6550" }, { hostPort: "6550", port: 6550 }],
  ])("lets clients use the address of the API that is bound: %j", (kubeAPI, resolved) => {
    expect(resolveConfig(config({ kubeAPI })).kubeAPI).toEqual(resolved);
  });

  it.each([
    [{ network: "host" }, "--network host"],
    [{ kubeAPI: { host: "k3d.example.org" } }, "Leave --tunnel out"],
  ])("refuses a tunnel to what is reached otherwise: %j", (others, hint) => {
    expect(() => resolveConfig(config({ ...others, options: { k3d: { tunnel: true } } }))).toThrow(
      expect.objectContaining({
        code: "CONFLICTING_OPTIONS",
        hint: expect.stringContaining(hint) as string,
      }),
    );
  });

  it("keeps a port of the API on the host's network", () => {
    const { kubeAPI } = resolveConfig(config({ network: "host", kubeAPI: { hostPort: "6550" } }));
    expect(kubeAPI.hostPort).toBe("6550");
  });

  it("does not switch the context of a kubeconfig it does not update", () => {
    const { kubeconfig } = resolveConfig(
      config({ options: { kubeconfig: { updateDefaultKubeconfig: false } } }),
    ).options;
    expect(kubeconfig).toEqual({ updateDefaultKubeconfig: false, switchCurrentContext: false });
  });

  it("resolves destination shortcuts of files", () => {
    const files = [{ source: "x", destination: "k3s-manifests-custom/x.yaml" }];
    expect(resolveConfig(config({ files })).files[0]?.destination).toBe(
      "/var/lib/rancher/k3s/server/manifests/custom/x.yaml",
    );
  });

  it.each(["latest", "stable", "+v1.31", "rancher/k3s:v1.31.5-k3s1"])(
    "accepts the image %s",
    (image) => {
      expect(resolveConfig(config({ image })).image).toBe(image);
    },
  );

  it("accepts filters of both grammars and labels on the load balancer", () => {
    const nodeFilters = ["server[0]", "agents:*", "loadbalancer", "k3d-k3s-default-agent-1"];
    const resolved = resolveConfig(
      config({ agents: 2, options: { k3s: { nodeLabels: [{ label: "foo=bar", nodeFilters }] } } }),
    );
    expect(resolved.options.k3s.nodeLabels[0]?.nodeFilters).toEqual(nodeFilters);
  });

  it("needs no filter when there is one node to put it on", () => {
    expect(resolveConfig(config({ env: [{ envVar: "A=b" }] })).env).toHaveLength(1);
  });
});
