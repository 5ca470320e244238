import type { ContainerInfo as DockerSummary, ContainerInspectInfo } from "dockerode";
import { describe, expect, it } from "vitest";
import { toDate, toInfo, toStatus, toSummary } from "./from-native.js";

const ID = "a".repeat(64);

describe("toStatus", () => {
  it.each([
    ["created", "created"],
    ["running", "running"],
    ["paused", "paused"],
    ["restarting", "restarting"],
    ["removing", "removing"],
    ["exited", "stopped"],
    ["dead", "stopped"],
  ])("%s is %s", (state, status) => {
    expect(toStatus(state)).toBe(status);
  });
});

it("takes the zero time for none", () => {
  expect(toDate("0001-01-01T00:00:00Z")).toBeUndefined();
  expect(toDate("2026-01-02T03:04:05.678901234Z")).toEqual(new Date("2026-01-02T03:04:05.678Z"));
});

it("summarises a listed container; a port bound on both address families is one", () => {
  const listed = {
    Id: ID,
    Names: ["/lb"],
    Image: "nginx:1",
    State: "running",
    Created: 1_700_000_000,
    Labels: { app: "k3d" },
    Ports: [
      { IP: "0.0.0.0", PrivatePort: 6443, PublicPort: 6550, Type: "tcp" },
      { IP: "::", PrivatePort: 6443, PublicPort: 6550, Type: "tcp" },
      { IP: "127.0.0.1", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
      { PrivatePort: 443, Type: "tcp" },
    ],
    NetworkSettings: {
      Networks: {
        net: {
          NetworkID: "n1",
          IPAddress: "10.0.0.5",
          Gateway: "10.0.0.1",
          IPAMConfig: { IPv4Address: "10.0.0.5" },
        },
      },
    },
  } as unknown as DockerSummary;
  expect(toSummary(listed)).toEqual({
    id: ID,
    name: "lb",
    image: "nginx:1",
    status: "running",
    labels: { app: "k3d" },
    created: new Date(1_700_000_000_000),
    networks: [
      {
        name: "net",
        id: "n1",
        ipv4Address: "10.0.0.5",
        fixedIpv4Address: "10.0.0.5",
        gateway: "10.0.0.1",
      },
    ],
    ports: [
      { containerPort: 6443, protocol: "tcp", hostPort: 6550 },
      { containerPort: 80, protocol: "tcp", hostIp: "127.0.0.1", hostPort: 8080 },
    ],
  });
});

describe("toInfo", () => {
  const container = (state: object, ports: object = {}): ContainerInspectInfo =>
    ({
      Id: ID,
      Name: "/c",
      Created: "2026-01-01T00:00:00Z",
      RestartCount: 3,
      State: {
        Status: "exited",
        Pid: 0,
        ExitCode: 0,
        Error: "",
        StartedAt: "2026-01-01T00:00:01Z",
        FinishedAt: "2026-01-01T00:00:02Z",
        ...state,
      },
      Config: { Image: "i:1", Hostname: "h", Env: [], Labels: {} },
      HostConfig: {
        NetworkMode: "net",
        PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "8080" }] },
        Tmpfs: { "/run": "" },
      },
      NetworkSettings: {
        Ports: ports,
        Networks: {
          net: { IPAddress: "", IPAMConfig: { IPv4Address: "10.0.0.9" }, Aliases: null },
        },
      },
      Mounts: [
        {
          Type: "volume",
          Name: "v",
          Source: "/var/lib/docker/volumes/v/_data",
          Destination: "/data",
          RW: false,
        },
        { Type: "bind", Source: "/srv", Destination: "/srv", RW: true },
      ],
    }) as unknown as ContainerInspectInfo;

  it("tells how a stopped container ended, its fixed address and the ports of its spec", () => {
    const info = toInfo(container({ ExitCode: 137, Error: "OCI failed" }));
    expect(info).toMatchObject({
      status: "stopped",
      exitCode: 137,
      error: "OCI failed",
      restartCount: 3,
      hostname: "h",
    });
    expect(info.pid).toBeUndefined();
    expect(info.networks).toEqual([
      { name: "net", ipv4Address: "10.0.0.9", fixedIpv4Address: "10.0.0.9" },
    ]);
    expect(info.ports).toEqual([{ containerPort: 80, protocol: "tcp", hostPort: 8080 }]);
    expect(info.mounts).toEqual([
      { type: "volume", destination: "/data", source: "v", readOnly: true },
      { type: "bind", destination: "/srv", source: "/srv", readOnly: false },
      { type: "tmpfs", destination: "/run", readOnly: false },
    ]);
  });

  it("tells the ports that are bound, and no exit code, while it runs", () => {
    const info = toInfo(
      container(
        { Status: "running", Pid: 42 },
        {
          "80/tcp": [
            { HostIp: "0.0.0.0", HostPort: "32768" },
            { HostIp: "::", HostPort: "32768" },
          ],
          "81/tcp": null,
        },
      ),
    );
    expect(info).toMatchObject({ status: "running", pid: 42 });
    expect(info.exitCode).toBeUndefined();
    expect(info.ports).toEqual([{ containerPort: 80, protocol: "tcp", hostPort: 32_768 }]);
  });

  it("tells no exit code of a container that never ran", () => {
    const info = toInfo(
      container({
        Status: "created",
        StartedAt: "0001-01-01T00:00:00Z",
        FinishedAt: "0001-01-01T00:00:00Z",
      }),
    );
    expect(info.exitCode).toBeUndefined();
    expect(info.startedAt).toBeUndefined();
    expect(info.finishedAt).toBeUndefined();
  });
});
