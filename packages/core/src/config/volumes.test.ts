import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCleanOutcome, outcome } from "../../test-support/outcome.js";
import { formatVolumeSpec, parseVolumeSpec, resolveDestination, volumeFrom } from "./volumes.js";

describe("parseVolumeSpec", () => {
  it.each([
    ["/data", "bind", "/data", "/data", []],
    ["/tmp/test:/tmp/test", "bind", "/tmp/test", "/tmp/test", []],
    [
      "./manifests:k3s-manifests-custom",
      "bind",
      "./manifests",
      "/var/lib/rancher/k3s/server/manifests/custom",
      [],
    ],
    [".:/src:ro,rshared", "bind", ".", "/src", ["ro", "rshared"]],
    ["/data:/mnt:ro,U", "bind", "/data", "/mnt", ["ro", "U"]],
    ["/data:/mnt:O", "bind", "/data", "/mnt", ["O"]],
    ["/data:/mnt:", "bind", "/data", "/mnt", []],
    ["data:/var/lib/data:ro", "volume", "data", "/var/lib/data", ["ro"]],
    ["k3d-demo-data:k3s-storage", "volume", "k3d-demo-data", "/var/lib/rancher/k3s/storage", []],
    ["sub/dir:/x", "bind", "sub/dir", "/x", []],
    [String.raw`C:\data:/x:ro`, "bind", String.raw`C:\data`, "/x", ["ro"]],
    [
      "/x.yaml:k3s-manifests/x.yaml",
      "bind",
      "/x.yaml",
      "/var/lib/rancher/k3s/server/manifests/x.yaml",
      [],
    ],
  ])("%s", (text, type, source, destination, options) => {
    expect(parseVolumeSpec(text)).toEqual({ type, source, destination, options });
  });

  it.each([
    ["", 1, "a source is missing"],
    [":/data", 1, "a source is missing"],
    ["x:/y", 1, "names of volumes have two letters or more"],
    [String.raw`C:\x`, 1, "a path of Windows without a destination"],
    ["/data:", 7, "a destination is missing"],
    ["data", 1, "neither an absolute path nor a shortcut"],
    ["/data:ro", 7, "neither an absolute path nor a shortcut"],
    ["/data:relative/path", 7, "neither an absolute path nor a shortcut"],
    ["/data:constructor", 7, "neither an absolute path nor a shortcut"],
    ["/data:/", 7, "the root of a node"],
    ["/data:/data:ro,", 16, "a mode is missing"],
    ["/data:/data:rx", 13, '"rx" is not a mode'],
    ["/data:/data:ro,rw", 16, '"rw" contradicts "ro"'],
    ["/data:/data:ro,ro", 16, '"ro" is given twice'],
    ["/data://", 7, "root of a node"],
    ["/data:/x/..", 7, "root of a node"],
    ["/data:/data:ro:x", 15, 'too many ":"'],
    ["-data:/data", 1, "neither a path nor the name of a volume"],
    ["my data:/data", 1, "neither a path nor the name of a volume"],
  ])("refuses %j at column %i", (text, column, reason) => {
    expect(() => parseVolumeSpec(text)).toThrow(reason);
    expect(() => parseVolumeSpec(text)).toThrow(
      expect.objectContaining({ details: { input: text, column } }),
    );
  });

  it("reads back what it formats", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,11}$/);
    const path = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.join("/")}`);
    const named = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{1,12}$/);
    const options = fc
      .tuple(
        fc.constantFrom("", "ro", "rw"),
        fc.constantFrom("", "z", "Z"),
        fc.constantFrom("", "rshared", "slave"),
      )
      .map((chosen) => chosen.filter((option) => option !== ""));
    const volume = fc.oneof(
      fc.record({ type: fc.constant("bind" as const), source: path, destination: path, options }),
      fc.record({
        type: fc.constant("volume" as const),
        source: named,
        destination: path,
        options,
      }),
    );
    fc.assert(
      fc.property(volume, (given) => {
        expect(parseVolumeSpec(formatVolumeSpec(given))).toEqual(given);
      }),
    );
  });

  it("never fails but with INVALID_INPUT, naming the input", () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom("/", "a", ":", "ro", ",", ".", "C:\\", "k3s-storage"))
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(
          isCleanOutcome(
            outcome(() => parseVolumeSpec(input)),
            input,
          ),
        ).toBe(true);
      }),
    );
  });
});

describe("volumeFrom", () => {
  it.each(["~/data:/x", "~ada/data:/x"])(
    "refuses %s, of which a shell would make a path",
    (text) => {
      expect(() => volumeFrom("/proj", parseVolumeSpec(text))).toThrow(
        /a home directory in a shell/,
      );
      const literal = volumeFrom("/proj", parseVolumeSpec(`./${text}`));
      expect(literal.source).toBe(`/proj/${text.split(":")[0]}`);
    },
  );

  it.each([
    ["/proj", "./data:/x:ro", "/proj/data"],
    ["/proj", "/data:/x", "/data"],
    ["/proj", "named:/x", "named"],
    [String.raw`C:\work`, String.raw`.\data:/x`, String.raw`C:\work\data`],
    [String.raw`C:\work`, "D:/data:/x", "D:/data"],
  ])("from %s, %s is a mount of %s", (base, text, source) => {
    const volume = parseVolumeSpec(text);
    expect(volumeFrom(base, volume)).toEqual({ ...volume, source });
  });

  it.each([
    [String.raw`C:\Users\me:/x`, ", in WSL /mnt/c/Users/me."],
    ["D:/data:/x:ro", ", in WSL /mnt/d/data."],
    [String.raw`\\server\share:/x`, "as it is here."],
  ])("refuses %s where paths are not those of Windows", (text, hint) => {
    expect(() => volumeFrom("/proj", parseVolumeSpec(text))).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        message: expect.stringContaining("is a path of Windows"),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});

describe("resolveDestination", () => {
  it("resolves shortcuts and keeps absolute paths", () => {
    expect(resolveDestination("k3s-registry-config")).toBe("/etc/rancher/k3s/registries.yaml");
    expect(resolveDestination("/etc/hosts")).toBe("/etc/hosts");
  });

  it.each([
    ["//etc//hosts", "/etc/hosts"],
    ["/etc/./x/../hosts", "/etc/hosts"],
    ["k3s-manifests-custom/app.yaml", "/var/lib/rancher/k3s/server/manifests/custom/app.yaml"],
  ])("reads %s as %s", (text, path) => {
    expect(resolveDestination(text)).toBe(path);
  });

  it.each([
    "",
    "etc/hosts",
    "/",
    "//",
    "/.",
    "/..",
    "/a/..",
    "/a/../..",
    "/etc/",
    "/etc/.",
    "/etc/..",
    "k3s-storage",
    "k3s-manifests",
    "k3s-manifests-custom/",
    "__proto__",
    "/a\0b",
  ])("refuses %j", (text) => {
    expect(() => resolveDestination(text)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });
});
