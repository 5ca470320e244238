import type { NamedEngine } from "@k3d/core/runtime";
import { describe, expect, it } from "vitest";
import {
  connectionFrom,
  endpointOf,
  podmanNamedBy,
  remoteHostOf,
  sharesThisMachine,
  withAddress,
} from "./connection.js";

const from = (env: Record<string, string>, platform: NodeJS.Platform = "linux") =>
  connectionFrom({ env, platform, homeDir: "/root" });

describe("connectionFrom", () => {
  it("is podman on this machine without anything else", () => {
    const local = from({});
    expect(local).toEqual({ command: "podman", globalArgs: [] });
    expect([endpointOf(local), remoteHostOf(local), sharesThisMachine(local)]).toEqual([
      "podman",
      undefined,
      true,
    ]);
  });

  it("leaves podman's own variables to podman", () => {
    const remote = from({ CONTAINER_HOST: "ssh://core:secret@example.org:22/run/podman.sock" });
    expect(remote.globalArgs).toEqual([]);
    expect(endpointOf(remote)).toBe("ssh://core@example.org:22/run/podman.sock");
    expect(remoteHostOf(remote)).toBe("example.org");
    expect(sharesThisMachine(remote)).toBe(false);
    const named = from({ CONTAINER_CONNECTION: "box" });
    expect([named.globalArgs, endpointOf(named)]).toEqual([[], "podman connection box"]);
  });

  it("lets k3d's own variables go before them", () => {
    const env = {
      CONTAINER_HOST: "tcp://a:1",
      K3D_PODMAN_URL: "unix:///x.sock",
      K3D_PODMAN_COMMAND: "/opt/podman",
    };
    const own = from(env);
    expect(own).toMatchObject({ command: "/opt/podman", globalArgs: ["--url", "unix:///x.sock"] });
    expect([sharesThisMachine(own), remoteHostOf(own)]).toEqual([true, undefined]);
    expect(from({ K3D_PODMAN_CONNECTION: "box" }).globalArgs).toEqual([
      "--remote",
      "--connection",
      "box",
    ]);
  });

  it("takes the engine that is named for one command before all variables", () => {
    const env = { CONTAINER_HOST: "tcp://a:1", K3D_PODMAN_URL: "unix:///x.sock" };
    const named = (engine: NamedEngine) =>
      connectionFrom({ env, platform: "linux", homeDir: "/root", engine });
    expect(named({ host: "ssh://core@b/run/p.sock" }).globalArgs).toEqual([
      "--url",
      "ssh://core@b/run/p.sock",
    ]);
    expect(named({ context: "box" }).globalArgs).toEqual(["--remote", "--connection", "box"]);
    const options = { env, platform: "linux" as const, homeDir: "/root" };
    expect(podmanNamedBy({ ...options, engine: { host: "x" } })).toBe("--host");
    expect(podmanNamedBy({ ...options, engine: { context: "x" } })).toBe("--context");
  });

  it("finds the machine of a connection that podman knows by a name", () => {
    const box = from({ CONTAINER_CONNECTION: "box" });
    const known = [
      { Name: "other", URI: "ssh://core@a/x" },
      { Name: "box", URI: "ssh://core@build.example.org:22/run/podman.sock", IsMachine: false },
    ];
    const found = withAddress(box, known);
    expect([remoteHostOf(found), endpointOf(found), sharesThisMachine(found)]).toEqual([
      "build.example.org",
      "podman connection box",
      false,
    ]);
    expect(withAddress(box, [])).toEqual(box);
  });

  it("is a machine of podman's own outside Linux", () => {
    const mac = from({}, "darwin");
    expect(endpointOf(mac)).toBe("podman machine");
    expect([remoteHostOf(mac), sharesThisMachine(mac)]).toEqual([undefined, false]);
  });

  it.each([
    ["ssh://core@127.0.0.1:5555/x", undefined],
    ["ssh://core@LOCALHOST:5555/x", undefined],
    ["ssh://core@[::1]:5555/x", undefined],
    ["tcp://0.0.0.0:8080", undefined],
    ["ssh://core@corp@build:22/x", "build"],
    ["tcp://[fd00::1]:8080", "fd00::1"],
  ])("%s is a machine other than this one: %s", (url, host) => {
    expect(remoteHostOf(from({ CONTAINER_HOST: url }))).toBe(host);
  });

  it("shows no password, even of an address that is none", () => {
    const broken = from({ CONTAINER_HOST: "ssh://core:secret@build:port/x" });
    expect(endpointOf(broken)).not.toContain("secret");
  });
});
