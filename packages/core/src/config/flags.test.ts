import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flagName, flagOfField, flagsToConfig } from "./flags.js";
import { parseConfig } from "./load.js";
import { configValues } from "./merge.js";
import { renderConfig } from "./render.js";
import type { CreateFlags } from "./simple-config.js";

const HEADER = { apiVersion: "k3d.io/v1alpha5", kind: "Simple" };

const everyFlag: Required<CreateFlags> = {
  name: "demo",
  servers: 3,
  agents: 2,
  image: "rancher/k3s:v1.31.5-k3s1",
  apiPort: "127.0.0.1:6550",
  port: ["8080:80@loadbalancer", "30080:30080@server:0:direct"],
  volume: ["/tmp/test:/tmp/test@agent[0]", "vol:k3s-storage"],
  env: [String.raw`TEST_VAR=user\@pass\\@server:0`, "A=b@server:1;agent:*"],
  network: "net",
  subnet: "172.28.0.0/16",
  ipFamily: "dual",
  ipv6: true,
  token: "secret",
  k3sArg: ["--disable=traefik@server:*"],
  k3sNodeLabel: ["foo=bar@agent:1"],
  runtimeLabel: ["team=x@server:0"],
  runtimeUlimit: ["nofile=1024:2048"],
  serversMemory: "1g",
  agentsMemory: "512m",
  gpus: "all",
  hostAlias: ["1.2.3.4:a,b"],
  hostPidMode: true,
  registryCreate: "reg:127.0.0.1:5000",
  registryUse: ["k3d-other:5000"],
  registryConfig: "registries.yaml",
  enforceRegistryPortMatch: true,
  lbConfigOverride: ["settings.workerConnections=2048"],
  noLb: false,
  noImageVolume: false,
  imageVolume: "images",
  noRollback: true,
  wait: false,
  timeout: "90s",
  kubeconfigUpdateDefault: true,
  kubeconfigSwitchContext: false,
  proxy: true,
  proxyCa: "ca.pem",
  waitFor: "ready",
  ttl: "4h",
  machine: ["big=big-host", "two=ssh://me@two", "three"],
  place: ["server:0@big", "agent:*@spread"],
  enginePaths: true,
  tunnel: true,
};

describe("flagsToConfig", () => {
  it("takes nothing behind an @ for all nodes, as k3d v5 does for these flags", () => {
    const nodeFilters = ["all"];
    expect(
      flagsToConfig({
        volume: ["/a:/b@"],
        env: ["A=b@"],
        runtimeLabel: ["a=b@"],
        k3sNodeLabel: ["c=d@"],
        k3sArg: ["--x@"],
      }),
    ).toMatchObject({
      volumes: [{ volume: "/a:/b", nodeFilters }],
      env: [{ envVar: "A=b", nodeFilters }],
      options: {
        runtime: { labels: [{ label: "a=b", nodeFilters }] },
        k3s: {
          nodeLabels: [{ label: "c=d", nodeFilters }],
          extraArgs: [{ arg: "--x", nodeFilters }],
        },
      },
    });
    expect(() => flagsToConfig({ port: ["80:80@"] })).toThrow("a node filter is missing");
    expect(() => flagsToConfig({ volume: ["/a:/b@@"] })).toThrow("a node filter is missing");
  });

  it("has a field for every flag", () => {
    expect(flagsToConfig(everyFlag)).toEqual({
      ...HEADER,
      metadata: { name: "demo" },
      machines: [
        { name: "big", context: "big-host" },
        { name: "two", host: "ssh://me@two" },
        { name: "three" },
      ],
      placement: ["server:0@big", "agent:*@spread"],
      servers: 3,
      agents: 2,
      kubeAPI: { host: "127.0.0.1", hostIP: "127.0.0.1", hostPort: "6550" },
      image: "rancher/k3s:v1.31.5-k3s1",
      network: "net",
      subnet: "172.28.0.0/16",
      ipFamily: "dual",
      ipv6: true,
      token: "secret",
      volumes: [
        { volume: "/tmp/test:/tmp/test", nodeFilters: ["agent[0]"] },
        { volume: "vol:k3s-storage" },
      ],
      ports: [
        { port: "8080:80", nodeFilters: ["loadbalancer"] },
        { port: "30080:30080", nodeFilters: ["server:0:direct"] },
      ],
      env: [
        { envVar: "TEST_VAR=user@pass\\", nodeFilters: ["server:0"] },
        { envVar: "A=b", nodeFilters: ["server:1", "agent:*"] },
      ],
      registries: {
        create: { name: "reg", host: "127.0.0.1", hostPort: "5000", enforcePortMatch: true },
        use: ["k3d-other:5000"],
        config: "registries.yaml",
      },
      hostAliases: [{ ip: "1.2.3.4", hostnames: ["a", "b"] }],
      options: {
        k3d: {
          wait: false,
          waitFor: "ready",
          timeout: "90s",
          ttl: "4h",
          disableLoadbalancer: false,
          disableImageVolume: false,
          disableRollback: true,
          imageVolume: "images",
          enginePaths: true,
          tunnel: true,
          proxy: { enabled: true, caFile: "ca.pem" },
          loadbalancer: { configOverrides: ["settings.workerConnections=2048"] },
        },
        k3s: {
          extraArgs: [{ arg: "--disable=traefik", nodeFilters: ["server:*"] }],
          nodeLabels: [{ label: "foo=bar", nodeFilters: ["agent:1"] }],
        },
        kubeconfig: { updateDefaultKubeconfig: true, switchCurrentContext: false },
        runtime: {
          gpuRequest: "all",
          serversMemory: "1g",
          agentsMemory: "512m",
          hostPidMode: true,
          labels: [{ label: "team=x", nodeFilters: ["server:0"] }],
          ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
        },
      },
    });
  });

  it("takes an empty text as not given", () => {
    const texts = {
      network: "",
      token: "",
      apiPort: "",
      registryCreate: "",
      name: "",
      timeout: "",
    };
    expect(flagsToConfig({ ...texts, port: [""], env: ["", "A=b"], registryUse: [""] })).toEqual({
      ...HEADER,
      ports: [],
      env: [{ envVar: "A=b" }],
      registries: { use: [] },
    });
  });

  it.each(Object.keys(everyFlag) as Extract<keyof CreateFlags, string>[])(
    "knows which field %s sets",
    (flag) => {
      const config = flagsToConfig({ [flag]: everyFlag[flag] });
      const paths = [...configValues(config).keys()].filter((path) => !(path in HEADER));
      expect(paths.length).toBeGreaterThan(0);
      expect(new Set(paths.map(flagOfField))).toEqual(new Set([flagName(flag)]));
    },
  );

  it("is empty without flags", () => {
    expect(flagsToConfig({})).toEqual(HEADER);
  });

  it("names every flag that cannot be read", () => {
    const flags = {
      apiPort: "x",
      env: ["A=b@@"],
      hostAlias: ["y"],
      runtimeUlimit: ["z"],
      registryCreate: "a:b:c:d",
    };
    expect(() => flagsToConfig(flags)).toThrow(
      /5 problems[^]*--api-port: [^]*--host-alias: [^]*--env: [^]*--registry-create: [^]*--runtime-ulimit: /,
    );
  });

  it("spells flags as they are typed", () => {
    expect([flagName("k3sNodeLabel"), flagName("gpus"), flagName("name")]).toEqual([
      "--k3s-node-label",
      "--gpus",
      "NAME",
    ]);
    expect([flagOfField("serversX"), flagOfField("ports[0].nodeFilters[1]")]).toEqual([
      undefined,
      "--port",
    ]);
  });
});

describe("a config file that is made of flags", () => {
  const value = fc
    .string({ minLength: 1, maxLength: 20 })
    .filter((text) => text.trim() !== "" && !/[@\\]/.test(text));
  const filter = fc.constantFrom("", "@server:0", "@agent:*;server:0", "@all");
  const filtered = fc.array(
    fc.tuple(value, filter).map(([text, suffix]) => text + suffix),
    { maxLength: 3 },
  );
  const flags: fc.Arbitrary<CreateFlags> = fc.record(
    {
      name: value,
      servers: fc.integer({ min: 1, max: 9 }),
      agents: fc.nat(9),
      image: value,
      token: value,
      apiPort: fc.constantFrom("6550", "random", "127.0.0.1:0", "[::1]:6550"),
      port: filtered,
      volume: filtered,
      env: filtered,
      k3sArg: filtered,
      runtimeLabel: filtered,
      runtimeUlimit: fc.constantFrom(["nofile=1:2"], []),
      hostAlias: fc.constantFrom(["1.2.3.4:a"], []),
      registryCreate: fc.constantFrom("reg", "reg:5000"),
      registryUse: fc.array(value, { maxLength: 2 }),
      noLb: fc.boolean(),
      wait: fc.boolean(),
      timeout: value,
    },
    { requiredKeys: [] },
  );

  it("says exactly what the flags say", async () => {
    await fc.assert(
      fc.asyncProperty(flags, async (given) => {
        const config = flagsToConfig(given);
        const { config: read } = await parseConfig(await renderConfig(config), { name: "x" });
        expect(read).toEqual(config);
      }),
    );
  });
});
