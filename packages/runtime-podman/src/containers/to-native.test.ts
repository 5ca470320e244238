import type { ContainerSpec } from "@k3d/core/runtime";
import { describe, expect, it } from "vitest";
import { createCommand } from "./to-native.js";
import { readRequested, REQUESTED_ANNOTATION } from "./requested.js";

const IMAGE = "docker.io/rancher/k3s:v1.31.5-k3s1";

const MINIMAL: ContainerSpec = {
  name: "c",
  image: IMAGE,
  process: { env: [] },
  mounts: [],
  labels: {},
  linux: {},
  networks: [],
  ports: [],
};

const SERVER: ContainerSpec = {
  name: "k3d-demo-server-0",
  image: IMAGE,
  process: {
    args: ["/bin/k3s", "server", "--tls-san", "0.0.0.0"],
    env: ["K3S_TOKEN=s3cr3t-value", "K3S_KUBECONFIG_OUTPUT=/output/kubeconfig.yaml"],
    cwd: "/root",
    user: "0:0",
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 2048 }],
  },
  mounts: [
    { type: "tmpfs", destination: "/run" },
    { type: "tmpfs", destination: "/var/run", options: ["size=64m", "exec"] },
    { type: "volume", source: "k3d-demo-images", destination: "/k3d/images" },
    { type: "volume", destination: "/anonymous" },
    { type: "bind", source: "/srv/a,b", destination: "/srv", options: ["ro", "rshared", "Z"] },
  ],
  labels: { app: "k3d", "k3d.cluster.token": "s3cr3t-value" },
  annotations: { note: "one,two" },
  linux: {
    resources: { memory: { limit: 1_073_741_824 } },
    hostNamespaces: ["user", "pid", "cgroup"],
    sysctl: { "net.ipv4.ip_forward": "1" },
  },
  privileged: true,
  init: true,
  securityLabel: false,
  networks: [
    { name: "k3d-demo", ipv4Address: "10.89.0.2", ipv6Address: "fd00::2", aliases: ["one", "two"] },
    { name: "registries" },
  ],
  ports: [
    { containerPort: 6443, protocol: "tcp", hostIp: "127.0.0.1", hostPort: 6550 },
    { containerPort: 80, protocol: "tcp" },
    { containerPort: 53, protocol: "udp", hostIp: "::1" },
    { containerPort: 443, protocol: "tcp", hostPort: 8443 },
  ],
  extraHosts: [{ ip: "10.0.0.1", hostnames: ["a.local", "b.local"] }],
  restartPolicy: { name: "unless-stopped" },
  gpus: "device=0,GPU-1",
};

const context = { image: IMAGE, pidsLimit: true };

/** The arguments, with the annotation that repeats the spec left out. */
function readable(args: readonly string[]): string[] {
  return args.filter(
    (arg, index) =>
      !arg.startsWith(REQUESTED_ANNOTATION) &&
      !(arg === "--annotation" && args[index + 1]?.startsWith(REQUESTED_ANNOTATION)),
  );
}

describe("createCommand", () => {
  it("makes a podman command line of a spec that uses everything", () => {
    expect(readable(createCommand(SERVER, context).args)).toEqual([
      "create",
      "--pull=never",
      "--http-proxy=false",
      "--systemd=false",
      "--log-driver=k8s-file",
      "--name",
      "k3d-demo-server-0",
      "--pids-limit=-1",
      "--hostname",
      "k3d-demo-server-0",
      "--env",
      "K3S_TOKEN",
      "--env",
      "K3S_KUBECONFIG_OUTPUT=/output/kubeconfig.yaml",
      "--workdir",
      "/root",
      "--user",
      "0:0",
      "--ulimit",
      "nofile=1024:2048",
      "--tmpfs",
      "/run:notmpcopyup",
      "--tmpfs",
      "/var/run:notmpcopyup,size=64m,exec",
      "--mount",
      "type=volume,src=k3d-demo-images,dst=/k3d/images",
      "--mount",
      "type=volume,dst=/anonymous",
      "--mount",
      'type=bind,"src=/srv/a,b",dst=/srv,ro,bind-propagation=rshared,relabel=private',
      "--label",
      "app=k3d",
      "--annotation",
      '"note=one,two"',
      "--memory",
      "1073741824b",
      "--userns",
      "host",
      "--pid",
      "host",
      "--cgroupns",
      "host",
      "--sysctl",
      "net.ipv4.ip_forward=1",
      "--privileged",
      "--init",
      "--security-opt=label=disable",
      "--security-opt=apparmor=unconfined",
      "--network",
      "k3d-demo:ip=10.89.0.2,mac=02:42:0a:59:00:02,ip6=fd00::2,alias=one,alias=two",
      "--network",
      "registries",
      "--publish",
      "127.0.0.1:6550:6443/tcp",
      "--publish",
      "80/tcp",
      "--publish",
      "[::1]::53/udp",
      "--publish",
      "8443:443/tcp",
      "--add-host",
      "a.local:10.0.0.1",
      "--add-host",
      "b.local:10.0.0.1",
      "--restart",
      "unless-stopped",
      "--device",
      "nvidia.com/gpu=0",
      "--device",
      "nvidia.com/gpu=GPU-1",
      "--entrypoint",
      '["/bin/k3s"]',
      IMAGE,
      "server",
      "--tls-san",
      "0.0.0.0",
    ]);
  });

  it("has no more than the defaults for a minimal spec", () => {
    expect(readable(createCommand(MINIMAL, { image: IMAGE, pidsLimit: false }).args)).toEqual([
      "create",
      "--pull=never",
      "--http-proxy=false",
      "--systemd=false",
      "--log-driver=k8s-file",
      "--name",
      "c",
      "--hostname",
      "c",
      "--network",
      "bridge",
      IMAGE,
    ]);
  });

  it("keeps secrets of variables and labels off the command line", () => {
    const { args, env, secretLabels } = createCommand(SERVER, context);
    expect(args.join(" ")).not.toContain("s3cr3t-value");
    expect(env).toEqual({ K3S_TOKEN: "s3cr3t-value" });
    expect(secretLabels).toEqual(["k3d.cluster.token=s3cr3t-value"]);
  });

  it("passes a secret label with a line break as an argument, because a label file has lines", () => {
    const { args, secretLabels } = createCommand(
      { ...MINIMAL, labels: { token: "a\nb" } },
      context,
    );
    expect(secretLabels).toEqual([]);
    expect(args).toContain("token=a\nb");
  });

  it("shares the host's network and name with hostNetwork", () => {
    const { args } = createCommand({ ...SERVER, hostNetwork: true, networks: [] }, context);
    expect(args.filter((_, index) => args[index - 1] === "--network")).toEqual(["host"]);
    expect(args).not.toContain("--hostname");
  });

  it.each([
    [{ name: "on-failure", maximumRetryCount: 3 }, "on-failure:3"],
    [{ name: "on-failure" }, "on-failure"],
    [{ name: "no" }, "no"],
  ] as const)("writes the restart policy %j as %s", (restartPolicy, expected) => {
    const { args } = createCommand({ ...MINIMAL, restartPolicy }, context);
    expect(args[args.indexOf("--restart") + 1]).toBe(expected);
  });

  it("writes down in an annotation what podman would not tell", () => {
    const { args } = createCommand(SERVER, context);
    const annotation = args.find((arg) => arg.startsWith(`${REQUESTED_ANNOTATION}=`)) ?? "";
    const value = annotation.slice(REQUESTED_ANNOTATION.length + 1);
    expect(value).toMatch(/^[\w-]+$/);
    expect(readRequested({ [REQUESTED_ANNOTATION]: value })).toEqual({
      mounts: SERVER.mounts,
      linux: SERVER.linux,
      networks: SERVER.networks,
      ports: SERVER.ports,
      gpus: SERVER.gpus,
      securityLabel: false,
      rlimits: SERVER.process.rlimits,
    });
  });
});

it("ignores an annotation that is not its own", () => {
  expect(readRequested({})).toBeUndefined();
  expect(readRequested({ [REQUESTED_ANNOTATION]: "garbage" })).toBeUndefined();
});
