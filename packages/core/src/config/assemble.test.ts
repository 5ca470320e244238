import { describe, expect, it } from "vitest";
import { type AssembleOptions, assembleConfig, describeConfig } from "./assemble.js";
import type { CreateFlags } from "./simple-config.js";

const assemble = (options: Partial<AssembleOptions>, files: Record<string, string> = {}) =>
  assembleConfig({
    environment: {},
    workingDirectory: "/proj",
    readStdin: async () => "",
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
      return text;
    },
    ...options,
  });

const OLD_FILE = `apiVersion: k3d.io/v1alpha3
kind: Simple
name: filename
servers: 3
agents: 2
volumes:
  - volume: $HOME:/some/path
    nodeFilters:
      - all
env:
  - envVar: bar=baz,bob
    nodeFilters:
      - all
registries:
  create:
    name: k3d-reg
  config: |
    mirrors:
      "my.registry":
        endpoint:
          - http://my.registry:5000
options:
  k3d:
    wait: true
    timeout: "360s"
    disableLoadbalancer: false
  k3s:
    extraArgs:
      - arg: --tls-san=127.0.0.1
        nodeFilters:
          - server:*
    nodeLabels:
      - label: foo=bar
        nodeFilters:
          - server:0
          - loadbalancer
  runtime:
    labels:
      - label: foo=bar
        nodeFilters:
          - server:0
          - loadbalancer
`;

describe("assembleConfig", () => {
  it("puts flags over a file of an older version", async () => {
    const { config, sourceOf } = await assemble(
      {
        configPath: "old.yaml",
        environment: { HOME: "/home/me", K3D_AGENTS: "1" },
        flags: {
          name: "ConfigTest",
          servers: 4,
          volume: ["/tmp/test:/tmp/test@loadbalancer"],
          env: ["x=y@agent:0"],
        },
      },
      { "/proj/old.yaml": OLD_FILE },
    );
    expect(config.metadata.name).toBe("ConfigTest");
    expect([config.servers, config.agents]).toEqual([4, 1]);
    expect(config.volumes).toMatchObject([
      { volume: "/home/me:/some/path", nodeFilters: ["all"] },
      { volume: "/tmp/test:/tmp/test", nodeFilters: ["loadbalancer"] },
    ]);
    expect(config.env).toMatchObject([
      { envVar: "bar=baz,bob", nodeFilters: ["all"] },
      { envVar: "x=y", nodeFilters: ["agent:0"] },
    ]);
    expect(config.registries.create?.hostPort).toBe("random");
    expect(config.registries.config).toContain("my.registry");
    expect(config.options.k3s.nodeLabels[0]?.nodeFilters).toEqual(["server:0", "loadbalancer"]);
    expect(
      ["metadata.name", "servers", "agents", "options.k3d.timeout", "subnet"].map(sourceOf),
    ).toEqual([
      { kind: "flag", origin: "NAME" },
      { kind: "flag", origin: "--servers" },
      { kind: "environment", origin: "K3D_AGENTS" },
      { kind: "file", origin: "old.yaml:25:14" },
      { kind: "default" },
    ]);
  });

  it("gives the same for a file and for the flags that say the same", async () => {
    const file = `apiVersion: k3d.io/v1alpha5
kind: Simple
metadata: { name: demo }
servers: 3
agents: 2
kubeAPI: { host: 127.0.0.1, hostIP: 127.0.0.1, hostPort: "6550" }
ports: [{ port: "8080:80", nodeFilters: [loadbalancer] }]
volumes: [{ volume: "./data:/data", nodeFilters: ["server:*"] }]
env: [{ envVar: HOME, nodeFilters: [all] }]
registries: { config: registries.yaml, create: { name: reg, hostPort: 5000 } }
hostAliases: [{ ip: 1.2.3.4, hostnames: [a, b] }]
options:
  k3d: { timeout: 90s, disableRollback: true }
  k3s: { extraArgs: [{ arg: --disable=traefik, nodeFilters: ["server:*"] }] }
  runtime: { serversMemory: 1g, ulimits: [{ name: nofile, soft: 1024, hard: 2048 }] }
`;
    const flags = {
      name: "demo",
      servers: 3,
      agents: 2,
      apiPort: "127.0.0.1:6550",
      port: ["8080:80@loadbalancer"],
      volume: ["./data:/data@server:*"],
      env: ["HOME@all"],
      registryConfig: "registries.yaml",
      registryCreate: "reg:5000",
      hostAlias: ["1.2.3.4:a,b"],
      timeout: "90s",
      noRollback: true,
      k3sArg: ["--disable=traefik@server:*"],
      serversMemory: "1g",
      runtimeUlimit: ["nofile=1024:2048"],
    };
    const environment = { HOME: "/home/me" };
    const files = { "/proj/k3d.yaml": file, "/proj/registries.yaml": "mirrors: {}\n" };
    const fromFile = await assemble({ configPath: "k3d.yaml", environment }, files);
    const fromFlags = await assemble({ flags, environment }, files);
    expect(fromFlags.config).toEqual(fromFile.config);
    expect(fromFile.config.volumes[0]?.volume).toBe("/proj/data:/data");
    expect(fromFile.config.env[0]?.envVar).toBe("HOME=/home/me");
  });

  it("says of every problem where the value was set", async () => {
    const file =
      "apiVersion: k3d.io/v1alpha5\nkind: Simple\nports:\n  - port: x:80\n    nodeFilters: [loadbalancer]\n";
    const assembled = assemble(
      {
        configPath: "k3d.yaml",
        environment: { K3D_SUBNET: "10.0.0.1/8" },
        flags: { port: ["80:y"], volume: ["rel"] },
      },
      { "/proj/k3d.yaml": file },
    );
    await expect(assembled).rejects.toThrow(
      /4 problems[^]*K3D_SUBNET: [^]*k3d\.yaml:4:11: ports\[0\]\.port: [^]*--port: [^]*--volume: /,
    );
  });

  it("passes on warnings of the file", async () => {
    const file = "apiVersion: k3d.io/v1alpha5\nkind: Simple\ntoken: a$B\n";
    const { warnings } = await assemble({ configPath: "-", readStdin: async () => file });
    expect(warnings).toEqual([expect.stringContaining('<stdin>:3:9: the variable "B" is not set')]);
  });

  it("reads files of flags from the working directory", async () => {
    await expect(assemble({ flags: { registryConfig: "no.yaml" } })).rejects.toThrow(
      expect.objectContaining({
        code: "NOT_FOUND",
        message: expect.stringContaining("--registry-config: Registry configuration /proj/no.yaml"),
      }),
    );
  });
});

it("lets flags and the file, but no variable win over a snapshot's config", async () => {
  const base = {
    config: {
      apiVersion: "k3d.io/v1alpha5",
      kind: "Simple",
      image: "snapshot:1",
      servers: 3,
      agents: 1,
    },
    origin: "snapshot kept",
  } as const;
  const environment = { K3D_IMAGE: "variable:1", K3D_SERVERS: "5", K3D_TOKEN: "sesame" };
  const file = "apiVersion: k3d.io/v1alpha5\nkind: Simple\nagents: 2\nservers: 1\n";
  const { config, sourceOf } = await assemble(
    { base, environment, configPath: "k3d.yaml", flags: { agents: 4 } },
    { "/proj/k3d.yaml": file },
  );
  expect(config).toMatchObject({ image: "snapshot:1", servers: 1, agents: 4, token: "sesame" });
  expect(sourceOf("image").origin).toBe("snapshot kept");
});

describe("a snapshot's config for fewer nodes", () => {
  const base = {
    config: {
      apiVersion: "k3d.io/v1alpha5",
      kind: "Simple",
      servers: 3,
      agents: 3,
      env: [
        { envVar: "ALL=1", nodeFilters: ["server:*", "agent:*"] },
        { envVar: "SOME=1", nodeFilters: ["server:0", "agent:0,2"] },
        { envVar: "LAST=secret", nodeFilters: ["agent:2"] },
      ],
      ports: [
        { port: "8080:80", nodeFilters: ["loadbalancer"] },
        { port: "8081:81", nodeFilters: ["agent:1-2:direct"] },
      ],
      hooks: [
        { when: "after-start", command: "true", nodeFilters: ["agent:1-"] },
        { when: "after-start", command: "sync", nodeFilters: ["server:2"] },
      ],
      options: {
        k3s: { nodeLabels: [{ label: "tier=one", nodeFilters: ["agent:2", "server:-1"] }] },
        runtime: { agentsMemory: "1g" },
      },
    },
    origin: "snapshot kept",
  } satisfies AssembleOptions["base"];

  it("loses what is for single nodes that there will not be, and nothing else", async () => {
    const { given, warnings } = await assemble({ base, flags: { agents: 2, servers: 1 } });
    expect(given).toMatchObject({
      env: [
        { envVar: "ALL=1", nodeFilters: ["server:*", "agent:*"] },
        { envVar: "SOME=1", nodeFilters: ["server:0", "agent:0"] },
      ],
      ports: [
        { port: "8080:80", nodeFilters: ["loadbalancer"] },
        { port: "8081:81", nodeFilters: ["agent:1:direct"] },
      ],
      hooks: [{ command: "true", nodeFilters: ["agent:1-"] }],
      options: { k3s: { nodeLabels: [{ label: "tier=one", nodeFilters: ["server:-0"] }] } },
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        /snapshot kept .*: Environment variable LAST \(agent:2\), Hook "sync" \(server:2\)$/,
      ),
    ]);
  });

  it("knows no agents at all", async () => {
    const { given } = await assemble({ base, flags: { agents: 0 } });
    expect(given.env).toEqual([
      { envVar: "ALL=1", nodeFilters: ["server:*"] },
      { envVar: "SOME=1", nodeFilters: ["server:0"] },
    ]);
    expect(given.ports).toHaveLength(1);
  });

  it("is as it was for as many nodes or more", async () => {
    for (const flags of [{}, { agents: 5 }]) {
      const { given, warnings } = await assemble({ base, flags });
      expect([given.env, given.ports, given.hooks]).toEqual([
        base.config.env,
        base.config.ports,
        base.config.hooks,
      ]);
      expect(warnings).toEqual([]);
    }
  });

  it("does not speak of what the file says anew, and refuses what flags say of such nodes", async () => {
    const file = `apiVersion: k3d.io/v1alpha5
kind: Simple
agents: 1
env: [{ envVar: MINE=1, nodeFilters: [all] }]
hooks: []
`;
    const files = { "/proj/k3d.yaml": file };
    const { given, warnings } = await assemble({ base, configPath: "k3d.yaml" }, files);
    expect(given.env).toEqual([{ envVar: "MINE=1", nodeFilters: ["all"] }]);
    expect(warnings).toEqual([expect.not.stringMatching(/LAST|Hook/)]);
    await expect(
      assemble({ base, flags: { agents: 1, env: ["MINE=1@agent:2"] } }),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("describeConfig", () => {
  it("lists values with their sources and hides secrets", async () => {
    const described = await describeConfig(
      await assemble({ flags: { servers: 3, token: "sesame" } }),
    );
    expect(described.find(({ path }) => path === "servers")).toEqual({
      path: "servers",
      value: 3,
      source: { kind: "flag", origin: "--servers" },
    });
    expect(described.find(({ path }) => path === "token")?.value).toBe("***");
    expect(described.find(({ path }) => path === "agents")).toEqual({
      path: "agents",
      value: 0,
      source: { kind: "default" },
    });
    expect(JSON.stringify(described)).not.toContain("sesame");
  });
});

describe("a value that a script left empty", () => {
  const none = async (flags: CreateFlags, file = "") => {
    const text = `apiVersion: k3d.io/v1alpha5\nkind: Simple\nagents: 1\n${file}`;
    const { config } = await assemble(
      { flags, configPath: "k3d.yaml" },
      { "/proj/k3d.yaml": text },
    );
    const { k3s, runtime } = config.options;
    return { args: k3s.extraArgs, labels: runtime.labels };
  };

  it.each([["@server:0"], ["@all"], ["@"], [""]])(
    "adds no k3s argument and no container label, as in k3d v5: %j",
    async (value) => {
      const flags = { k3sArg: [value], runtimeLabel: [value] };
      expect(await none(flags)).toEqual({ args: [], labels: [] });
    },
  );

  it("adds none from a config file either", async () => {
    const file = `options:
  k3s: { extraArgs: [{ arg: "" }, { arg: "", nodeFilters: [server:0] }] }
  runtime: { labels: [{ label: "", nodeFilters: [all] }] }
`;
    expect(await none({}, file)).toEqual({ args: [], labels: [] });
  });

  it.each([
    ["--k3s-node-label", { k3sNodeLabel: ["@all"] }],
    ["--env", { env: ["@all"] }],
    ["--volume", { volume: ["@all"] }],
    ["--port", { port: ["@server:0"] }],
  ])("is refused of %s, with which the Go tool's nodes fail", async (flag, flags) => {
    await expect(none(flags)).rejects.toThrow(
      `${flag}: Invalid value "@${flag === "--port" ? "server:0" : "all"}": there is no value before the "@"`,
    );
  });

  it("still has node filters that must make sense", async () => {
    await expect(none({ k3sArg: ["@agent:7"] })).rejects.toThrow("there is no agent 7");
  });
});
