import { K3dError } from "@k3d/core/runtime";
import { describe, expect, it } from "vitest";
import { translateError, type ObjectKind } from "./errors.js";

function answer(statusCode: number, words: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${words} `), {
    statusCode,
  });
}

describe("translateError", () => {
  it.each<[ObjectKind, number, string, string]>([
    ["container", 404, "No such container: x", "NOT_FOUND"],
    [
      "container",
      409,
      'Conflict. The container name "/x" is already in use by container "abc". You have to remove (or rename) that container.',
      "NAME_IN_USE",
    ],
    ["container", 404, "No such image: none:1", "IMAGE_NOT_FOUND"],
    ["container", 404, "network none not found", "NOT_FOUND"],
    [
      "container",
      409,
      "You cannot remove a running container abc. Stop the container before attempting removal or force remove",
      "INVALID_INPUT",
    ],
    [
      "container",
      409,
      'cannot remove container "x": container is running: stop the container before removing or force remove',
      "INVALID_INPUT",
    ],
    ["container", 409, "Container abc is not running", "CONTAINER_FAILED"],
    [
      "container",
      500,
      "failed to create task for container: task abc already exists: unknown",
      "CONTAINER_FAILED",
    ],
    ["container", 409, "AlreadyExists: task abc: already exists: unknown", "CONTAINER_FAILED"],
    [
      "container",
      409,
      "Container abc is paused, unpause the container before exec",
      "CONTAINER_FAILED",
    ],
    ["container", 403, "Address already in use", "ADDRESS_IN_USE"],
    [
      "container",
      500,
      "failed to set up container networking: Address already in use",
      "ADDRESS_IN_USE",
    ],
    ["network", 403, "Address already in use", "ADDRESS_IN_USE"],
    [
      "container",
      400,
      'invalid mount config for type "bind": bind source path does not exist: /none',
      "INVALID_INPUT",
    ],
    [
      "container",
      400,
      'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/none": stat /none: no such file or directory: unknown',
      "CONTAINER_FAILED",
    ],
    [
      "container",
      500,
      "OCI runtime create failed: container_linux.go: starting container process caused: no space left on device",
      "NO_SPACE",
    ],
    [
      "container",
      400,
      'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/x": permission denied: unknown',
      "CONTAINER_FAILED",
    ],
    ["container", 500, 'exec: "/x": permission denied: unknown', "CONTAINER_FAILED"],
    ["network", 500, "operation denied: unauthorized plugin", "RUNTIME_ERROR"],
    ["container", 404, "Could not find the file /none in container abc", "NOT_FOUND"],
    [
      "container",
      500,
      "user specified IP address is supported only when connecting to networks with user configured subnets",
      "INVALID_INPUT",
    ],
    ["network", 409, "network with name x already exists", "NAME_IN_USE"],
    ["network", 403, "Pool overlaps with other one on this address space", "NETWORK_IN_USE"],
    [
      "network",
      400,
      "invalid pool request: Pool overlaps with other one on this address space",
      "NETWORK_IN_USE",
    ],
    [
      "network",
      500,
      "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
      "NETWORK_IN_USE",
    ],
    ["network", 400, "all predefined address pools have been fully subnetted", "NETWORK_IN_USE"],
    [
      "network",
      403,
      "error while removing network: network x id abc has active endpoints",
      "NETWORK_IN_USE",
    ],
    ["network", 404, "network x not found", "NOT_FOUND"],
    ["volume", 409, "remove x: volume is in use - [abc]", "VOLUME_IN_USE"],
    ["volume", 404, "get x: no such volume", "NOT_FOUND"],
    [
      "image",
      404,
      "pull access denied for none, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      "IMAGE_NOT_FOUND",
    ],
    [
      "image",
      404,
      "manifest for library/nginx:none not found: manifest unknown: manifest unknown",
      "IMAGE_NOT_FOUND",
    ],
    [
      "image",
      500,
      'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.0.0.2:53: no such host',
      "REMOTE_UNAVAILABLE",
    ],
    [
      "image",
      500,
      'Get "https://r.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      "REMOTE_UNAVAILABLE",
    ],
    [
      "image",
      500,
      'Get "https://r.example/v2/": x509: certificate signed by unknown authority',
      "REMOTE_UNAVAILABLE",
    ],
    ["image", 500, "toomanyrequests: You have reached your pull rate limit", "REMOTE_UNAVAILABLE"],
    [
      "container",
      500,
      "driver failed programming external connectivity on endpoint x: Error starting userland proxy: error while calling PortManager.AddPort(): cannot expose privileged port 80, you can add 'net.ipv4.ip_unprivileged_port_start=80' to /etc/sysctl.conf",
      "UNSUPPORTED",
    ],
    ["container", 500, "something nobody has seen before", "RUNTIME_ERROR"],
  ])("%s, %i: %s", (kind, status, words, code) => {
    const error = translateError(answer(status, words), { verb: "touch", kind, name: "x" });
    expect(error.code).toBe(code);
    expect(error.message).toBe(`Cannot touch ${kind} 'x': ${words}`);
    expect(error.details).toEqual({ engineMessage: words, status });
  });

  it.each(["engine", "container", "image"] as const)(
    "does not take an unknown path for a missing object: %s",
    (kind) => {
      const { code, hint } = translateError(answer(404, "page not found"), {
        verb: "list",
        kind,
        name: "",
      });
      expect(code).toBe("RUNTIME_ERROR");
      expect(hint).toContain("Something other than a Docker engine");
    },
  );

  it.each([
    [
      "driver failed programming external connectivity on endpoint x (abc): Bind for 0.0.0.0:8080 failed: port is already allocated",
      "0.0.0.0",
      8080,
    ],
    [
      "driver failed programming external connectivity on endpoint x (abc): Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
      "0.0.0.0",
      8080,
    ],
    [
      "failed to set up container networking: driver failed programming external connectivity on endpoint x (abc): failed to bind host port for 0.0.0.0:8080:172.18.0.2:80/tcp: address already in use",
      "0.0.0.0",
      8080,
    ],
    [
      "failed to set up container networking: driver failed programming external connectivity on endpoint x: failed to bind host port 0.0.0.0:8080/tcp: address already in use",
      "0.0.0.0",
      8080,
    ],
    [
      "Ports are not available: exposing port TCP 0.0.0.0:80 -> 127.0.0.1:0: listen tcp 0.0.0.0:80: bind: An attempt was made",
      "0.0.0.0",
      80,
    ],
    [
      "driver failed programming external connectivity: listen tcp6 [::1]:8081: bind: address already in use",
      "[::1]",
      8081,
    ],
  ])("names the host port of: %s", (words, hostIp, port) => {
    const error = translateError(answer(500, words), {
      verb: "start",
      kind: "container",
      name: "lb",
    });
    expect(error.code).toBe("PORT_IN_USE");
    expect(error.message).toBe(
      `Cannot start container 'lb': host port ${hostIp}:${port} is in use`,
    );
    expect(error.details).toEqual({ engineMessage: words, status: 500, hostIp, port });
  });

  it.each(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND"])(
    "%s is an engine that does not answer",
    (code) => {
      const error = translateError(Object.assign(new Error(`connect ${code}`), { code }), {
        verb: "list the containers of",
        kind: "engine",
        name: "",
      });
      expect(error.code).toBe("RUNTIME_UNAVAILABLE");
      expect(error.hint).toBeTruthy();
    },
  );

  it("tells what to restart where containerd still holds a container that was ended by force", () => {
    const words = "failed to create task for container: task abc already exists: unknown";
    const { hint } = translateError(answer(500, words), {
      verb: "start",
      kind: "container",
      name: "k3d-demo-server-0",
    });
    expect(hint).toContain("systemctl restart containerd docker");
  });

  it("does not blame the image where containerd's helper has ended", () => {
    const words =
      "failed to create task for container: failed to create shim task: ttrpc: closed: unknown";
    const { code, hint } = translateError(answer(500, words), {
      verb: "start",
      kind: "container",
      name: "k3d-demo-agent-0",
    });
    expect(code).toBe("CONTAINER_FAILED");
    expect(hint).toContain("start it again");
    expect(hint).not.toContain("architecture");
  });

  it("tells a user without rights what to do", () => {
    const error = translateError(Object.assign(new Error("connect EACCES"), { code: "EACCES" }), {
      verb: "ask",
      kind: "engine",
      name: "",
    });
    expect(error.hint).toContain("`docker` group");
  });

  it.each<[ObjectKind, string, string]>([
    ["engine", "failed to register layer: write /usr/bin/ssh: no space left on device", "NO_SPACE"],
    ["engine", "write /usr/bin/ssh-keygen: read-only file system", "RUNTIME_ERROR"],
    ["image", "unpacking was aborted by the daemon", "RUNTIME_ERROR"],
    ["image", "failed to copy: client disconnected: socket hang up by peer", "RUNTIME_ERROR"],
    ["image", "denied: requested access to the resource is denied", "IMAGE_NOT_FOUND"],
  ])("what an engine that answers reports in a stream, %s: %s", (kind, words, code) => {
    const error = translateError(new Error(words), { verb: "load", kind, name: "x" });
    expect(error.code).toBe(code);
  });

  it.each(["aborted", "Client network socket disconnected before secure TLS connection"])(
    "%s is a connection that broke",
    (words) => {
      const operation = { verb: "ask", kind: "engine" as const, name: "" };
      expect(translateError(new Error(words), operation).code).toBe("RUNTIME_UNAVAILABLE");
    },
  );

  it("an engine that hangs up does not answer", () => {
    expect(
      translateError(new Error("socket hang up"), { verb: "ask", kind: "engine", name: "" }).code,
    ).toBe("RUNTIME_UNAVAILABLE");
  });

  it("prefers the abort and leaves coded errors alone", () => {
    expect(
      translateError(
        new Error("socket hang up"),
        { verb: "ask", kind: "engine", name: "" },
        AbortSignal.abort(),
      ).code,
    ).toBe("ABORTED");
    const coded = new K3dError("LOCKED", "locked");
    expect(translateError(coded, { verb: "ask", kind: "engine", name: "" })).toBe(coded);
  });
});
