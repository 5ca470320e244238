import type { ContainerSpec } from "@k3d/core/runtime";
import { describe, expect, it } from "vitest";
import { networksAfterCreate, toDeviceRequest, toDocker, type EngineFacts } from "./to-native.js";

const OLD: EngineFacts = { createMountpoint: false, annotations: false, severalNetworks: false };
const NEW: EngineFacts = { createMountpoint: true, annotations: true, severalNetworks: true };

const MINIMAL: ContainerSpec = {
  name: "c",
  image: "i:1",
  process: { env: [] },
  mounts: [],
  labels: {},
  linux: {},
  networks: [],
  ports: [],
};

const NODE: ContainerSpec = {
  name: "k3d-demo-server-0",
  image: "docker.io/rancher/k3s:v1.31.5-k3s1",
  process: {
    args: ["/bin/k3s", "server", "--tls-san", "0.0.0.0"],
    env: ["K3S_TOKEN=secret"],
    cwd: "/",
    user: "0:0",
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 4096 }],
  },
  mounts: [
    { type: "tmpfs", destination: "/run" },
    { type: "tmpfs", destination: "/var/run", options: ["size=64m", "mode=755"] },
    { type: "volume", source: "k3d-demo-images", destination: "/k3d/images" },
    { type: "volume", destination: "/anonymous" },
    { type: "bind", source: "/srv/data", destination: "/data", options: ["ro", "rshared"] },
    { type: "bind", source: "/srv/selinux", destination: "/labelled", options: ["z"] },
  ],
  labels: { app: "k3d", "k3d.role": "server" },
  annotations: { "example.org/note": "kept" },
  linux: {
    resources: { memory: { limit: 1_073_741_824 } },
    hostNamespaces: ["user", "pid"],
    sysctl: { "net.ipv4.ip_unprivileged_port_start": "0" },
  },
  privileged: true,
  init: true,
  securityLabel: false,
  networks: [{ name: "k3d-demo", ipv4Address: "172.28.0.3", aliases: ["api"] }, { name: "other" }],
  ports: [
    { containerPort: 6443, protocol: "tcp", hostIp: "127.0.0.1", hostPort: 6550 },
    { containerPort: 6443, protocol: "tcp" },
    { containerPort: 53, protocol: "udp", hostPort: 5353 },
  ],
  extraHosts: [{ ip: "192.0.2.1", hostnames: ["one", "two"] }],
  restartPolicy: { name: "unless-stopped" },
  gpus: "all",
};

const BODY = {
  Image: "docker.io/rancher/k3s:v1.31.5-k3s1",
  Hostname: "k3d-demo-server-0",
  Entrypoint: ["/bin/k3s"],
  Cmd: ["server", "--tls-san", "0.0.0.0"],
  Env: ["K3S_TOKEN=secret"],
  WorkingDir: "/",
  User: "0:0",
  Labels: { app: "k3d", "k3d.role": "server" },
  ExposedPorts: { "6443/tcp": {}, "53/udp": {} },
  HostConfig: {
    Binds: ["/srv/selinux:/labelled:z"],
    Mounts: [
      { Type: "volume", Target: "/k3d/images", Source: "k3d-demo-images" },
      { Type: "volume", Target: "/anonymous" },
      {
        Type: "bind",
        Target: "/data",
        Source: "/srv/data",
        ReadOnly: true,
        BindOptions: { Propagation: "rshared" },
      },
    ],
    Tmpfs: { "/run": "", "/var/run": "size=64m,mode=755" },
    PortBindings: {
      "6443/tcp": [
        { HostIp: "127.0.0.1", HostPort: "6550" },
        { HostIp: "", HostPort: "" },
      ],
      "53/udp": [{ HostIp: "", HostPort: "5353" }],
    },
    PidMode: "host",
    UsernsMode: "host",
    NetworkMode: "k3d-demo",
    RestartPolicy: { Name: "unless-stopped" },
    Privileged: true,
    Init: true,
    SecurityOpt: ["label=disable"],
    ExtraHosts: ["one:192.0.2.1", "two:192.0.2.1"],
    Memory: 1_073_741_824,
    Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 4096 }],
    Sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
    DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }],
  },
  NetworkingConfig: {
    EndpointsConfig: {
      "k3d-demo": { IPAMConfig: { IPv4Address: "172.28.0.3" }, Aliases: ["api"] },
    },
  },
};

describe("toDocker", () => {
  it("translates a node for an engine of API 1.41, which takes one network", () => {
    expect(toDocker(NODE, OLD)).toEqual(BODY);
    expect(networksAfterCreate(NODE, OLD)).toEqual([{ name: "other" }]);
  });

  it("hands annotations, missing bind sources and all networks to newer engines", () => {
    expect(toDocker(NODE, NEW)).toEqual({
      ...BODY,
      HostConfig: {
        ...BODY.HostConfig,
        Annotations: { "example.org/note": "kept" },
        Mounts: BODY.HostConfig.Mounts.map((mount) =>
          mount.Type === "bind"
            ? { ...mount, BindOptions: { ...mount.BindOptions, CreateMountpoint: true } }
            : mount,
        ),
      },
      NetworkingConfig: {
        EndpointsConfig: { ...BODY.NetworkingConfig.EndpointsConfig, other: {} },
      },
    });
    expect(networksAfterCreate(NODE, NEW)).toEqual([]);
  });

  it("leaves out what is not asked for", () => {
    expect(toDocker(MINIMAL, NEW)).toEqual({
      Image: "i:1",
      Hostname: "c",
      Env: [],
      Labels: {},
      HostConfig: { NetworkMode: "default", RestartPolicy: { Name: "no" } },
    });
  });

  it("gives a container on the host's network neither networks nor a host name", () => {
    const body = toDocker(
      { ...MINIMAL, hostNetwork: true, hostname: "ignored", networks: [{ name: "ignored" }] },
      NEW,
    );
    expect(body.HostConfig?.NetworkMode).toBe("host");
    expect(body).not.toHaveProperty("Hostname");
    expect(body).not.toHaveProperty("NetworkingConfig");
  });

  it("switches AppArmor off, too, where privileged does not do so", () => {
    expect(toDocker({ ...MINIMAL, securityLabel: false }, NEW).HostConfig?.SecurityOpt).toEqual([
      "label=disable",
      "apparmor=unconfined",
    ]);
  });

  it("keeps a single argument from being joined by the image's command", () => {
    expect(toDocker({ ...MINIMAL, process: { env: [], args: ["/bin/sh"] } }, NEW)).toMatchObject({
      Entrypoint: ["/bin/sh"],
      Cmd: [],
    });
  });

  it("passes on how often on-failure tries again", () => {
    expect(
      toDocker({ ...MINIMAL, restartPolicy: { name: "on-failure", maximumRetryCount: 3 } }, NEW)
        .HostConfig?.RestartPolicy,
    ).toEqual({
      Name: "on-failure",
      MaximumRetryCount: 3,
    });
  });
});

describe("toDeviceRequest", () => {
  it.each([
    ["all", { Count: -1, Capabilities: [["gpu"]] }],
    ["2", { Count: 2, Capabilities: [["gpu"]] }],
    ["device=0,2", { DeviceIDs: ["0", "2"], Capabilities: [["gpu"]] }],
    ['"device=GPU-1,GPU-2"', { DeviceIDs: ["GPU-1", "GPU-2"], Capabilities: [["gpu"]] }],
    ["count=all,driver=nvidia", { Count: -1, Driver: "nvidia", Capabilities: [["gpu"]] }],
    ["count=1,capabilities=compute", { Count: 1, Capabilities: [["gpu", "compute"]] }],
    ["driver=nvidia", { Count: -1, Driver: "nvidia", Capabilities: [["gpu"]] }],
  ])("%s", (words, expected) => {
    expect(toDeviceRequest(words)).toEqual(expected);
  });
});
