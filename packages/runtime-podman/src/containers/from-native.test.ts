import { beforeAll, describe, expect, it } from "vitest";
import { fixture } from "../../test-support/fixture.js";
import { containerInfo, containerStatus, containerSummary } from "./from-native.js";
import type { ContainerJson, ContainerStateJson } from "./inspect-json.js";

async function recorded(name: string): Promise<ContainerJson> {
  const [json] = await fixture<[ContainerJson]>(name);
  return json;
}

describe("a container of ours, from what podman recorded", () => {
  let created: ContainerJson;
  let running: ContainerJson;
  let stopped: ContainerJson;

  beforeAll(async () => {
    created = await recorded("container-created");
    running = await recorded("container-running");
    stopped = await recorded("container-stopped");
  });

  it("keeps its fixed address also while it does not run", () => {
    for (const json of [created, running, stopped]) {
      expect(containerInfo(json).networks).toEqual([
        expect.objectContaining({
          name: "k3d-demo",
          ipv4Address: "10.123.7.2",
          fixedIpv4Address: "10.123.7.2",
          aliases: ["api"],
        }),
      ]);
    }
  });

  it.each<[string[] | undefined, string[]]>([
    [undefined, ["ID", "chosen"]],
    [["api"], ["api", "ID", "chosen"]],
    [
      ["api", "chosen"],
      ["api", "chosen", "ID", "chosen"],
    ],
  ])("has the aliases %j that were asked for, without podman 5's own", (asked, told) => {
    const Aliases = told.map((alias) => (alias === "ID" ? created.Id.slice(0, 12) : alias));
    const Networks = Object.fromEntries(
      Object.entries(created.NetworkSettings.Networks ?? {}).map(([name, endpoint]) => [
        name,
        { ...endpoint, Aliases },
      ]),
    );
    const info = containerInfo({
      ...created,
      NetworkSettings: { ...created.NetworkSettings, Networks },
    });
    expect(info.networks[0]?.aliases).toEqual(asked);
    expect(info.spec.networks[0]?.aliases).toEqual(asked);
  });

  it("has no times, pid or exit code before its first start", () => {
    const info = containerInfo(created);
    expect(info).toMatchObject({
      status: "created",
      restartCount: 0,
      hostname: "k3d-demo-server-0",
    });
    for (const key of ["startedAt", "finishedAt", "exitCode", "pid", "error"]) {
      expect(info).not.toHaveProperty(key);
    }
  });

  it("tells pid and gateway while it runs", () => {
    const info = containerInfo(running);
    expect(info.status).toBe("running");
    expect(info.pid).toBeGreaterThan(0);
    expect(info.startedAt?.getFullYear()).toBe(2026);
    expect(info.networks[0]?.gateway).toBe("10.123.7.1");
    expect(info).not.toHaveProperty("exitCode");
  });

  it("tells exit code and end afterwards", () => {
    const info = containerInfo(stopped);
    expect(info).toMatchObject({ status: "stopped", exitCode: 0 });
    expect(info.finishedAt?.getFullYear()).toBe(2026);
    expect(info).not.toHaveProperty("pid");
  });

  it("shows the ports that are bound", () => {
    expect(
      containerInfo(running).ports.toSorted((a, b) => a.containerPort - b.containerPort),
    ).toEqual([
      { containerPort: 6443, protocol: "tcp", hostIp: "127.0.0.1", hostPort: expect.any(Number) },
      { containerPort: 30080, protocol: "udp", hostPort: 30080 },
    ]);
  });

  it.each(["", "0.0.0.0", "::"])("names no address where a port is on all (%j)", (HostIp) => {
    const PortBindings = { "6443/tcp": [{ HostIp, HostPort: "6550" }] };
    const Config = { ...running.Config, Annotations: null };
    const json = {
      ...running,
      Config,
      HostConfig: { ...running.HostConfig, PortBindings },
    };
    const ports = [{ containerPort: 6443, protocol: "tcp", hostPort: 6550 }];
    expect(containerInfo(json).ports).toEqual(ports);
    expect(containerInfo(json).spec.ports).toEqual(ports);
    expect(containerSummary(json).ports).toEqual(ports);
  });

  it("lists mounts of every kind", () => {
    const { mounts } = containerInfo(running);
    expect(mounts).toContainEqual({ type: "tmpfs", destination: "/run", readOnly: false });
    expect(mounts).toContainEqual({
      type: "bind",
      source: "/etc/hostname",
      destination: "/host-name",
      readOnly: true,
    });
    expect(mounts).toContainEqual({
      type: "volume",
      source: "k3d-demo-images",
      destination: "/k3d/images",
      readOnly: false,
    });
    expect(mounts).toContainEqual({
      type: "volume",
      source: expect.stringMatching(/^[0-9a-f]{64}$/),
      destination: "/var/lib/rancher/k3s",
      readOnly: false,
    });
  });

  it("gives its spec back as it was", () => {
    const { spec } = containerInfo(running);
    expect(spec).toMatchObject({
      name: "k3d-demo-server-0",
      image: "k3d.local/busybox:dev",
      hostname: "k3d-demo-server-0",
      process: {
        args: ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.2; done"],
        rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 2048 }],
      },
      mounts: [
        { type: "tmpfs", destination: "/run", options: ["size=64m"] },
        { type: "volume", source: "k3d-demo-images", destination: "/k3d/images" },
        { type: "volume", destination: "/var/lib/rancher/k3s" },
        { type: "bind", source: "/etc/hostname", destination: "/host-name", options: ["ro"] },
      ],
      linux: { resources: { memory: { limit: 268_435_456 } }, hostNamespaces: ["user"] },
      privileged: true,
      init: true,
      securityLabel: false,
      networks: [{ name: "k3d-demo", ipv4Address: "10.123.7.2", aliases: ["api"] }],
      ports: [
        { containerPort: 6443, protocol: "tcp", hostIp: "127.0.0.1" },
        { containerPort: 30_080, protocol: "udp", hostPort: 30_080 },
      ],
      extraHosts: [{ ip: "10.0.0.1", hostnames: ["registry.local", "mirror.local"] }],
      restartPolicy: { name: "unless-stopped" },
    });
    expect(spec).not.toHaveProperty("annotations");
    expect(spec.process.env).toContain("K3S_TOKEN=not-a-real-one");
    expect(spec.process.env.join("\n")).not.toMatch(/^(TERM|container|HOME|HOSTNAME)=/m);
  });

  it("has the same in its summary", () => {
    expect(containerInfo(running)).toMatchObject(containerSummary(running));
  });
});

it("reads the spec of a container that another tool made", async () => {
  const { spec, restartPolicy } = containerInfo(await recorded("container-foreign"));
  expect(restartPolicy).toEqual({ name: "on-failure", maximumRetryCount: 3 });
  expect(spec).toMatchObject({
    process: { args: ["sleep", "1"] },
    mounts: [
      { type: "bind", source: "/etc", destination: "/e", options: ["ro", "rslave"] },
      { type: "tmpfs", destination: "/run" },
    ],
    linux: { resources: { memory: { limit: 67_108_864 } }, hostNamespaces: ["pid"] },
    securityLabel: false,
    networks: [{ name: "k3d-demo" }],
    ports: [{ containerPort: 80, protocol: "tcp", hostPort: 8080 }],
  });
});

it("knows no network of a container on the host's", async () => {
  const info = containerInfo(await recorded("container-host-network"));
  expect(info.networks).toEqual([]);
  expect(info.spec.hostNetwork).toBe(true);
  expect(info.spec).not.toHaveProperty("hostname");
});

describe("containerStatus", () => {
  async function inState(state: Partial<ContainerStateJson>, more: Partial<ContainerJson> = {}) {
    const json = await recorded("container-stopped");
    return containerStatus({ ...json, ...more, State: { ...json.State, ...state } });
  }

  it.each([
    ["configured", "created"],
    ["created", "created"],
    ["initialized", "created"],
    ["running", "running"],
    ["stopping", "running"],
    ["paused", "paused"],
    ["stopped", "stopped"],
    ["exited", "stopped"],
    ["removing", "removing"],
    ["unknown", "stopped"],
  ])("says %s as %s", async (Status, expected) => {
    expect(await inState({ Status })).toBe(expected);
    expect(await inState({ Status, Restarting: true })).toBe("restarting");
  });

  it.each([
    ["unless-stopped", 0, 0, "restarting"],
    ["always", 1, 7, "restarting"],
    ["on-failure", 0, 0, "stopped"],
    ["on-failure", 1, 1, "restarting"],
    ["on-failure", 1, 2, "stopped"],
    ["no", 1, 0, "stopped"],
  ])(
    "expects of the policy %s after exit code %i and %i restarts: %s",
    async (Name, ExitCode, RestartCount, expected) => {
      const { HostConfig } = await recorded("container-stopped");
      const policy = {
        HostConfig: { ...HostConfig, RestartPolicy: { Name, MaximumRetryCount: 2 } },
        RestartCount,
      };
      const FinishedAt = new Date().toISOString();
      expect(await inState({ Status: "stopped", ExitCode, FinishedAt }, policy)).toBe(expected);
      expect(await inState({ Status: "exited", ExitCode, FinishedAt }, policy)).toBe("stopped");
    },
  );
});
