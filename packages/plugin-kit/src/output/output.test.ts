import { describe, expect, it } from "vitest";
import { serialize } from "./serialize.js";
import { createPaint, supportsUnicode, wantsColors } from "./styles.js";
import { renderTable } from "./table.js";

describe("renderTable", () => {
  it("aligns columns and leaves no blanks at the end", () => {
    const rows = [
      ["demo", "1/1", "0/0", "true"],
      ["a-longer-name", "3/3", "10/10", ""],
    ];
    expect(renderTable(["NAME", "SERVERS", "AGENTS", "LOADBALANCER"], rows)).toMatchInlineSnapshot(`
      "NAME            SERVERS   AGENTS   LOADBALANCER
      demo            1/1       0/0      true
      a-longer-name   3/3       10/10"
    `);
  });

  it("leaves out the header", () => {
    expect(renderTable(undefined, [["a", "b"]])).toBe("a   b");
    expect(renderTable(undefined, [])).toBe("");
  });
});

describe("serialize", () => {
  const value = [{ name: "demo", created: new Date(0), absent: undefined, text: "no" }];

  it("prints JSON", async () => {
    expect(JSON.parse(await serialize(value, "json"))).toEqual([
      { name: "demo", created: "1970-01-01T00:00:00.000Z", text: "no" },
    ]);
    expect(await serialize(undefined, "json")).toBe("null");
  });

  it("prints YAML that reads the same", async () => {
    expect(await serialize(value, "yaml")).toBe(
      '- name: demo\n  created: "1970-01-01T00:00:00.000Z"\n  text: "no"',
    );
  });
});

describe("wantsColors", () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { TERM: "dumb" }, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [false, { LOG_COLORS: "true", NO_COLOR: "1" }, true],
    [true, { LOG_COLORS: "0", FORCE_COLOR: "1" }, false],
    [true, { LOG_COLORS: "perhaps" }, true],
  ])("terminal %j with %j: %j", (isTTY, env, expected) => {
    expect(wantsColors({ isTTY }, env)).toBe(expected);
  });

  it("paints or not", () => {
    expect(createPaint(true)("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(createPaint(false)("red", "x")).toBe("x");
  });
});

it.each([
  ["linux", { LANG: "de_DE.UTF-8" }, true],
  ["linux", {}, true],
  ["linux", { LANG: "C" }, false],
  ["linux", { LC_ALL: "C", LANG: "en_US.UTF-8" }, false],
  ["linux", { TERM: "linux", LANG: "en_US.UTF-8" }, false],
  ["win32", { WT_SESSION: "1" }, true],
  ["win32", {}, false],
] as const)("unicode on %s with %j: %j", (platform, env, expected) => {
  expect(supportsUnicode(env, platform)).toBe(expected);
});
