import { describe, expect, it } from "vitest";
import { isAbsolutePath, parentPath, resolvePath } from "./paths.js";
import { compact, formatPath, parsePath } from "./tree.js";

describe("paths", () => {
  it.each([
    ["/proj", "a.yaml", "/proj/a.yaml"],
    ["/proj/conf", "../a.yaml", "/proj/a.yaml"],
    ["/proj", "/etc/a.yaml", "/etc/a.yaml"],
    [String.raw`C:\work`, "a.yaml", String.raw`C:\work\a.yaml`],
    [String.raw`C:\work`, String.raw`D:\a.yaml`, String.raw`D:\a.yaml`],
  ])("from %s, %s is %s", (base, path, resolved) => {
    expect(resolvePath(base, path)).toBe(resolved);
  });

  it("tells absolute paths and parents of both worlds", () => {
    expect(
      ["/a", "C:/a", String.raw`\\server\share`, "a", "./a", "C:a"].map(isAbsolutePath),
    ).toEqual([true, true, true, false, false, false]);
    expect([parentPath("/proj/k3d.yaml"), parentPath(String.raw`C:\work\k3d.yaml`)]).toEqual([
      "/proj",
      String.raw`C:\work`,
    ]);
  });
});

describe("field paths", () => {
  it.each(["servers", "options.k3d.wait", "ports[0].nodeFilters[12]", "a[1][2]"])("%s", (path) => {
    expect(formatPath(parsePath(path))).toBe(path);
  });
});

describe("compact", () => {
  it("leaves out what says nothing and keeps what was empty", () => {
    const value = {
      a: null,
      b: { c: undefined },
      d: {},
      e: [],
      f: [null, { g: null }],
      h: 0,
      i: "",
    };
    expect(compact(value)).toEqual({ d: {}, e: [], f: [null, {}], h: 0, i: "" });
  });
});
