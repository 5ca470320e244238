import { describe, expect, it } from "vitest";
import { failureError, isTransient, type CommandResult } from "./failure.js";

function failed(stderr: string, commandLine = ["podman", "start", "c"]): CommandResult {
  return { commandLine, exitCode: 125, stdout: "", stderr };
}

const ID = "2203f9ef114e114e9535c551a5d6db553267f75b37f2f6c907de12d6d0a6b56a";

/** As podman 4.3 wrote it, unless marked. */
describe("failureError reads podman's words", () => {
  it.each([
    [
      "NAME_IN_USE",
      `creating container storage: the container name "c" is already in use by ${ID}. You have to remove that container to be able to reuse that name: that name is already in use`,
    ],
    [
      "NAME_IN_USE",
      `renaming container ${ID}: name a already in use, cannot rename container ${ID}: container already exists`,
    ],
    // podman 5
    [
      "NAME_IN_USE",
      `renaming container ${ID}: updating container config table with new configuration for container ${ID}: UNIQUE constraint failed: ContainerConfig.Name`,
    ],
    ["NAME_IN_USE", "network name n already used: network already exists"],
    ["NAME_IN_USE", "volume with name v1 already exists: volume already exists"],
    ["IMAGE_NOT_FOUND", "nope.local/x:y: image not known"],
    ["NOT_FOUND", "unable to find network with name or ID nonet: network not found"],
    ["NOT_FOUND", 'no container with name or ID "c" found: no such container'],
    ["NOT_FOUND", 'container "c" does not exist'],
    ["NOT_FOUND", 'no volume with name "v" found: no such volume'],
    ["NOT_FOUND", 'inspecting object: no such object: "c"'],
    [
      "ADDRESS_IN_USE",
      `unable to start container "${ID}": IPAM error: requested ip address 10.89.0.30 is already allocated to container ID c36f`,
    ],
    [
      "PORT_IN_USE",
      `unable to start container "${ID}": cannot listen on the TCP port: listen tcp4 :18080: bind: address already in use`,
    ],
    // podman 5 with pasta
    [
      "PORT_IN_USE",
      "pasta failed with exit code 1:\nFailed to bind port 8080 (Address already in use) for option '-t 8080-8080:80-80', exiting",
    ],
    [
      "UNSUPPORTED",
      "rootlessport cannot expose privileged port 80, you can add 'net.ipv4.ip_unprivileged_port_start=80' to /etc/sysctl.conf (currently 1024), or choose a larger port number (>= 1024): listen tcp 0.0.0.0:80: bind: permission denied",
    ],
    [
      "UNSUPPORTED",
      "pasta failed with exit code 1:\nFailed to bind port 80 (Permission denied) for option '-t 80-80:80-80', exiting",
    ],
    [
      "NETWORK_IN_USE",
      '"n" has associated containers with it. Use -f to forcibly delete containers and pods: network is being used',
    ],
    ["NETWORK_IN_USE", "subnet 10.89.0.0/25 is already used on the host or by another config"],
    [
      "VOLUME_IN_USE",
      `volume v1 is being used by the following container(s): ${ID}: volume is being used`,
    ],
    [
      "CONTAINER_FAILED",
      `unable to start container "${ID}": runc: runc create failed: unable to start container process: exec: "/nosuch": stat /nosuch: no such file or directory: OCI runtime attempted to invoke a command that was not found`,
    ],
    ["NO_SPACE", "writing blob: storing blob to file: write /var/tmp/x: no space left on device"],
    [
      "RUNTIME_UNAVAILABLE",
      'unable to connect to Podman socket: Get "http://d/v4.3.1/libpod/_ping": dial unix /run/user/1000/podman/podman.sock: connect: no such file or directory',
    ],
    ["RUNTIME_UNAVAILABLE", 'cannot set up namespace using "/usr/bin/newuidmap": exit status 1'],
    ["RUNTIME_ERROR", "something new"],
  ])("%s", (code, words) => {
    const error = failureError(failed(`Error: ${words}\n`), { action: "start container c" });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Cannot start container c: /);
  });

  it("tells how to mend what a command that was ended half-way has left", () => {
    const stderr =
      "Error: network inspection mismatch: asked to join 1 network(s) map[podman:{[] [a k3d-r] [] eth0 map[]}], but have information on 2 network(s): internal libpod error";
    const { code, hint } = failureError(failed(stderr), { action: "list containers" });
    expect(code).toBe("RUNTIME_ERROR");
    expect(hint).toContain("podman network reload --all");
  });

  it("takes the last complaint, not the warnings before it", () => {
    const stderr =
      'time="2026" level=warning msg="Error: address already in use"\nError: nope: image not known\n';
    expect(failureError(failed(stderr), { action: "x" }).code).toBe("IMAGE_NOT_FOUND");
  });

  it("asks the rules of the caller first and its fallback last", () => {
    const rules = [{ pattern: /image not known/, code: "LOCKED" as const, hint: "wait" }];
    const own = failureError(failed("Error: x: image not known"), { action: "x", rules });
    expect([own.code, own.hint]).toEqual(["LOCKED", "wait"]);
    const unknown = failureError(failed("Error: odd"), { action: "x", fallback: "INVALID_INPUT" });
    expect(unknown.code).toBe("INVALID_INPUT");
  });

  it("tells exit code or signal when podman said nothing", () => {
    expect(failureError(failed(""), { action: "x" }).message).toBe(
      "Cannot x: podman ended with exit code 125",
    );
    const killed: CommandResult = {
      commandLine: ["podman"],
      signal: "SIGKILL",
      stdout: "",
      stderr: "",
    };
    expect(failureError(killed, { action: "x" }).message).toBe(
      "Cannot x: podman was ended by SIGKILL",
    );
  });
});

it("keeps command line, exit code and stderr as evidence, and no secret in any of them", () => {
  const secret = "s3cr3t-token-value";
  const result: CommandResult = {
    commandLine: [
      "podman",
      "create",
      "--env",
      "K3S_TOKEN",
      "--label",
      `k3d.cluster.token=${secret}`,
      "img",
      "server",
      "--token",
      secret,
      "a b",
    ],
    exitCode: 125,
    stdout: "",
    stderr: `warning about ${secret} and hidden-value\nError: cannot use ${secret}\n`,
    secrets: ["hidden-value"],
  };
  const error = failureError(result, { action: "create container c" });
  expect(error.details).toEqual({
    command:
      "podman create --env K3S_TOKEN --label k3d.cluster.token=*** img server --token *** 'a b'",
    exitCode: 125,
    stderr: "warning about *** and ***\nError: cannot use ***",
  });
  expect(error.message).toBe("Cannot create container c: cannot use ***");
});

describe("isTransient", () => {
  it.each([
    ["Error: database is locked", true],
    ["Error: iptables: Another app is currently holding the xtables lock", true],
    ["Error: no such container", false],
  ])("%s: %s", (stderr, expected) => {
    expect(isTransient(failed(stderr))).toBe(expected);
  });

  it("is never said of success", () => {
    expect(isTransient({ ...failed("database is locked"), exitCode: 0 })).toBe(false);
  });
});
