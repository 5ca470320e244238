import type { ContainerSpec } from "@k3d/core/runtime";
import type { ContainerInspectInfo } from "dockerode";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { portKey, toDocker } from "./to-native.js";
import { toSpec } from "./spec-from-native.js";

/** What an engine tells of a container that was created with this spec. */
function inspected(spec: ContainerSpec): ContainerInspectInfo {
  const {
    HostConfig,
    NetworkingConfig,
    Image,
    Hostname,
    Entrypoint,
    Cmd,
    Env,
    WorkingDir,
    User,
    Labels,
  } = toDocker(spec, {
    createMountpoint: true,
    annotations: true,
    severalNetworks: true,
  });
  return {
    Id: "f".repeat(64),
    Name: `/${spec.name}`,
    Config: { Image, Hostname, Entrypoint, Cmd, Env, WorkingDir, User, Labels },
    HostConfig,
    NetworkSettings: {
      Networks: Object.fromEntries(
        Object.entries(NetworkingConfig?.EndpointsConfig ?? {}).map(([name, endpoint]) => [
          name,
          {
            ...endpoint,
            Aliases: [...((endpoint as { Aliases?: string[] }).Aliases ?? []), "f".repeat(12)],
          },
        ]),
      ),
    },
  } as unknown as ContainerInspectInfo;
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const path = word.map((name) => `/${name}`);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const octet = fc.integer({ min: 1, max: 254 });

const mounts = fc.uniqueArray(
  fc.oneof(
    fc.record({
      type: fc.constant("tmpfs" as const),
      destination: path,
      options: optional(fc.constantFrom(["size=1m"], ["ro", "mode=700"])),
    }),
    fc.record({
      type: fc.constant("volume" as const),
      destination: path,
      source: optional(word),
      options: optional(fc.constant(["ro"])),
    }),
    fc.record({
      type: fc.constant("bind" as const),
      destination: path,
      source: path,
      options: optional(fc.constantFrom(["ro"], ["rshared"], ["ro", "rslave"], ["ro", "z"])),
    }),
  ),
  { selector: ({ destination }) => destination, maxLength: 4 },
);

const spec = fc
  .record({
    name: word,
    image: word,
    hostname: word,
    process: fc.record({
      args: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
      env: fc.array(fc.tuple(word, fc.string()).map(([name, value]) => `${name}=${value}`)),
      cwd: optional(path),
      user: optional(fc.constantFrom("0:0", "nobody")),
      rlimits: optional(fc.constant([{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }])),
    }),
    mounts,
    labels: fc.dictionary(word, fc.string()),
    linux: fc.record({
      resources: optional(fc.integer({ min: 1 }).map((limit) => ({ memory: { limit } }))),
      hostNamespaces: optional(
        fc.subarray(["pid", "user", "ipc", "cgroup"] as const, { minLength: 1 }),
      ),
      sysctl: optional(fc.constant({ "net.a": "1" })),
    }),
    privileged: optional(fc.constant(true)),
    init: optional(fc.constant(true)),
    securityLabel: optional(fc.constant(false)),
    networks: fc.uniqueArray(
      fc.record({
        name: word,
        ipv4Address: optional(fc.tuple(octet, octet).map(([a, b]) => `10.0.${a}.${b}`)),
        ipv6Address: optional(octet.map((last) => `fd00::${last.toString(16)}`)),
        aliases: optional(fc.uniqueArray(word, { minLength: 1, maxLength: 2 })),
      }),
      { selector: ({ name }) => name, maxLength: 3 },
    ),
    ports: fc.uniqueArray(
      fc.record({
        containerPort: fc.integer({ min: 1, max: 65_535 }),
        protocol: fc.constantFrom("tcp" as const, "udp" as const),
        hostIp: optional(fc.constant("127.0.0.1")),
        hostPort: optional(fc.integer({ min: 1, max: 65_535 })),
      }),
      { selector: ({ containerPort, protocol }) => `${containerPort}/${protocol}`, maxLength: 3 },
    ),
    extraHosts: optional(fc.constant([{ ip: "192.0.2.1", hostnames: ["one", "two"] }])),
    restartPolicy: fc.constantFrom(
      { name: "no" as const },
      { name: "always" as const },
      { name: "on-failure" as const, maximumRetryCount: 2 },
    ),
    gpus: optional(
      fc.constantFrom("all", "2", "device=0,1", "count=1,driver=nvidia,capabilities=compute"),
    ),
    annotations: optional(fc.constant({ "example.org/a": "b" })),
  })
  .map((parts) => JSON.parse(JSON.stringify(parts)) as ContainerSpec);

/** Order has no meaning for these. */
function comparable(value: ContainerSpec): unknown {
  return {
    ...value,
    mounts: Object.fromEntries(
      value.mounts.map((mount) => [
        mount.destination,
        { ...mount, options: mount.options?.toSorted() },
      ]),
    ),
    ports: Object.fromEntries(value.ports.map((port) => [portKey(port), port])),
    networks: [
      value.networks[0],
      Object.fromEntries(value.networks.map((network) => [network.name, network])),
    ],
    linux: { ...value.linux, hostNamespaces: value.linux.hostNamespaces?.toSorted() },
    gpus: value.gpus?.split(",").toSorted(),
  };
}

describe("toSpec", () => {
  it("gives back the spec that a container was created with", () => {
    fc.assert(
      fc.property(spec, (original) => {
        const aliasesEqualName = original.networks.some(({ aliases }) =>
          aliases?.includes(original.name),
        );
        fc.pre(!aliasesEqualName);
        expect(comparable(toSpec(inspected(original)))).toEqual(comparable(original));
      }),
    );
  });

  it("gives back a container on the host's network", () => {
    const original: ContainerSpec = {
      name: "c",
      image: "i",
      process: { env: [] },
      mounts: [],
      labels: {},
      linux: {},
      networks: [],
      hostNetwork: true,
      ports: [],
      restartPolicy: { name: "no" },
    };
    expect(toSpec(inspected(original))).toEqual(original);
  });

  it("reads binds and tmpfs as the Go k3d writes them", () => {
    const container = inspected({
      name: "c",
      image: "i",
      process: { env: [] },
      mounts: [],
      labels: {},
      linux: {},
      networks: [],
      ports: [],
    });
    Object.assign(container.HostConfig, {
      Binds: ["k3d-demo-images:/k3d/images", "/srv:/data:ro,rshared"],
      Tmpfs: { "/run": "", "/var/run": "" },
      NetworkMode: "k3d-demo",
    });
    expect(toSpec(container).mounts).toEqual([
      { type: "volume", source: "k3d-demo-images", destination: "/k3d/images" },
      { type: "bind", source: "/srv", destination: "/data", options: ["ro", "rshared"] },
      { type: "tmpfs", destination: "/run" },
      { type: "tmpfs", destination: "/var/run" },
    ]);
  });
});

it("takes a published port without a protocol, as the Go k3d makes it, for one of tcp", () => {
  const container = {
    Id: "f".repeat(64),
    Name: "/node",
    Config: { Image: "image" },
    HostConfig: { PortBindings: { "6443": [{ HostIp: "0.0.0.0", HostPort: "16555" }] } },
    NetworkSettings: { Networks: {} },
  } as unknown as ContainerInspectInfo;
  const found = toSpec(container);
  expect(found.ports).toEqual([
    { containerPort: 6443, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 16555 },
  ]);
  expect(
    toDocker(found, { createMountpoint: true, annotations: true, severalNetworks: true }),
  ).toMatchObject({ HostConfig: { PortBindings: { "6443/tcp": [{ HostPort: "16555" }] } } });
});

it("takes the first of a range of host ports, which the Go k3d leaves to the engine", () => {
  const container = {
    Id: "f".repeat(64),
    Name: "/node",
    Config: { Image: "image" },
    HostConfig: { PortBindings: { "80/tcp": [{ HostPort: "18080-18082" }, { HostPort: "0" }] } },
    NetworkSettings: { Networks: {} },
  } as unknown as ContainerInspectInfo;
  expect(toSpec(container).ports).toEqual([
    { containerPort: 80, protocol: "tcp", hostPort: 18080 },
    { containerPort: 80, protocol: "tcp" },
  ]);
});
