import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outcome } from "../../test-support/outcome.js";
import { parseRegistryPort } from "../config/registry-port.js";
import { parseRegistryProxy, proxiedHost } from "./proxy.js";

describe("parseRegistryProxy", () => {
  it.each([
    ["https://registry-1.docker.io", { remoteUrl: "https://registry-1.docker.io" }, "docker.io"],
    ["https://docker.io", { remoteUrl: "https://registry-1.docker.io" }, "docker.io"],
    ["https://ghcr.io/", { remoteUrl: "https://ghcr.io" }, "ghcr.io"],
    ["*", { remoteUrl: "*" }, "*"],
    ["http://10.0.0.1:5000", { remoteUrl: "http://10.0.0.1:5000" }, "10.0.0.1:5000"],
    [
      "https://me:p%40ss@quay.io",
      { remoteUrl: "https://quay.io", username: "me", password: "p@ss" },
      "quay.io",
    ],
  ])("reads %s", (text, proxy, host) => {
    expect(parseRegistryProxy(text)).toEqual(proxy);
    expect(proxiedHost(proxy.remoteUrl)).toBe(host);
  });

  it.each(["", "ghcr.io", "ftp://ghcr.io", "https://", "https://ghcr.io?x=1", "https://ghcr.io#x"])(
    "refuses %j",
    (text) => {
      expect(() => parseRegistryProxy(text)).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }),
      );
    },
  );

  it("keeps passwords out of its messages", () => {
    expect(() => parseRegistryProxy("ftp://me:s3cret@ghcr.io")).toThrow(/^(?!.*s3cret)/);
  });

  it("refuses a password without a user", () => {
    expect(() => parseRegistryProxy("https://ghcr.io", { password: "x" })).toThrow(/ghcr\.io/);
  });
});

describe("parseRegistryPort", () => {
  it.each([
    ["5000", { hostPort: 5000 }],
    ["random", {}],
    ["0", {}],
    ["00", {}],
    ["127.0.0.1:5000", { hostIp: "127.0.0.1", hostPort: 5000 }],
    ["localhost:random", { hostIp: "127.0.0.1" }],
    ["[::1]:5000", { hostIp: "::1", hostPort: 5000 }],
  ])("reads %s", (text, port) => {
    expect(parseRegistryPort(text)).toEqual(port);
  });

  it.each(["", ":5000", "5000:", "70000", "x", "::1:5000", "example.org:5000"])(
    "refuses %j",
    (text) => {
      expect(() => parseRegistryPort(text)).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }),
      );
    },
  );

  it("answers anything with a port or a K3dError", () => {
    const anything = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.:[\]a-z]{0,20}$/));
    const isAnswered = (text: string): boolean => {
      const { value, code } = outcome(() => parseRegistryPort(text));
      const { hostPort = 1 } = value ?? {};
      return code === undefined ? hostPort > 0 && hostPort <= 65_535 : code === "INVALID_INPUT";
    };
    expect(() => fc.assert(fc.property(anything, isAnswered))).not.toThrow();
  });
});
