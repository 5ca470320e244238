import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, parseDocument, stringify } from "yaml";
import { maskData } from "./mask-data.js";

it("keeps what is not a secret", async () => {
  const data = { servers: 3, name: "demo", env: ["A=b", "--flag"], nothing: null, file: "a: b\n" };
  expect(await maskData(data)).toEqual(data);
  expect(await maskData({ token: "" })).toEqual({ token: "" });
});

it.each([
  [{ token: "hunter2" }, { token: "***" }],
  [{ labels: { "k3d.cluster.token": "hunter2" } }, { labels: { "k3d.cluster.token": "***" } }],
  [{ env: ["DB_PASSWORD=hunter2"] }, { env: ["DB_PASSWORD=***"] }],
  [{ args: ["--agent-token", "hunter2"] }, { args: ["--agent-token", "***"] }],
  [{ env: [{ envVar: "DB_PASSWORD=hunter2" }] }, { env: [{ envVar: "DB_PASSWORD=***" }] }],
  [
    { extraArgs: [{ arg: "--agent-token" }, { arg: "hunter2", nodeFilters: ["all"] }] },
    { extraArgs: [{ arg: "--agent-token" }, { arg: "***", nodeFilters: ["all"] }] },
  ],
  [{ arg: "--token=hunter2" }, { arg: "--token=***" }],
  [{ proxy: "http://me:hunter2@proxy:3128" }, { proxy: "http://me:***@proxy:3128" }],
  [
    { config: 'configs:\n  reg:\n    auth:\n      "password": hunter2\n' },
    { config: 'configs:\n  reg:\n    auth:\n      "password": ***\n' },
  ],
  [{ config: "{auth: {password: hunter2}}" }, { config: "{auth: {password: ***}}" }],
  [{ config: "password: |\n  hunter2\nnext: 1\n" }, { config: "password: ***\nnext: 1\n" }],
  [{ config: "password: >-\n  hun\n  ter2" }, { config: "password: ***" }],
  [{ config: "a: &x hunter2\npassword: *x\n" }, { config: "a: &x ***\npassword: *x\n" }],
  [{ env: [{ name: "PGPASS", value: "hunter2" }] }, { env: [{ name: "PGPASS", value: "***" }] }],
  [
    { source: "kind: Secret\nstringData:\n  any: hunter2 # why\n" },
    { source: "kind: Secret\nstringData:\n  any: *** # why\n" },
  ],
  [{ source: "a: [\ntoken: hunter2\n  more\nb: c" }, { source: "a: [\ntoken: ***\nb: c" }],
  [{ files: "[x]\npassword = hunter2\nname = y\n" }, { files: "[x]\npassword = ***\nname = y\n" }],
  [{ proxy: "http://u:p/q@h" }, { proxy: "http://u:***@h" }],
  [{ env: ["DSN=u:X@tcp(h)/db"] }, { env: ["DSN=***"] }],
  [{ env: ["STORE=u:X@tcp(h)/db"] }, { env: ["STORE=u:***@tcp(h)/db"] }],
  [
    { source: "-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n" },
    { source: "-----BEGIN EC PRIVATE KEY-----***-----END EC PRIVATE KEY-----\n" },
  ],
])("masks %j", async (data, masked) => {
  expect(await maskData(data)).toEqual(masked);
});

describe("in generated documents", () => {
  const SECRET = "hunter2";
  const OPEN = "visible";
  const secretName = fc.constantFrom(
    "password",
    "K3S_TOKEN",
    "client_secret",
    "PGPASS",
    "apiKey",
    "client-key-data",
  );
  const openName = fc.constantFrom(
    "name",
    "image",
    "mountPath",
    "secretName",
    "key",
    "tokenFile",
    "user",
  );
  /** Has line breaks, quotes and colons, so that every style is used. */
  const around = fc.stringMatching(/^[ a-z:'"#\n,{}-]{0,12}$/);
  const leaf = around.map((text) => `${OPEN}${text}x`);
  const secret = around.map((text) => `${SECRET}${text}${SECRET}`);
  const { tree } = fc.letrec<{ tree: unknown; entry: unknown }>((tie) => ({
    entry: fc.oneof(
      fc.tuple(secretName, fc.oneof(secret, fc.array(secret, { maxLength: 2 }))),
      fc.tuple(openName, fc.oneof({ maxDepth: 3 }, leaf, fc.integer(), tie("tree"))),
    ),
    tree: fc.oneof(
      fc
        .array(tie("entry"), { minLength: 1, maxLength: 4 })
        .map((entries) => Object.fromEntries(entries as [string, unknown][])),
      fc.array(tie("tree"), { maxLength: 3 }),
    ),
  }));
  const style = fc.record({
    collectionStyle: fc.constantFrom("any" as const, "block" as const, "flow" as const),
    defaultStringType: fc.constantFrom(
      ...(["PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE", "BLOCK_LITERAL", "BLOCK_FOLDED"] as const),
    ),
    indent: fc.constantFrom(2, 4),
    lineWidth: fc.constantFrom(0, 20, 80),
  });

  const openOf = (value: unknown): number => (JSON.stringify(value).match(/visible/g) ?? []).length;

  it.each([
    "client_secret:\n  - hunter2\"'{aa:",
    "client_secret:\n  hunter2 b:",
    "password: [hunter2: ]",
  ])("not of a text that reads as a field for its colon: %j", async (text) => {
    expect(JSON.stringify(await maskData({ masked: text }))).not.toContain(SECRET);
  });

  it("keeps the names of secrets elsewhere", async () => {
    const text = "imagePullSecrets:\n  - name: regcred\npassword:\n  valueFrom: here\n";
    expect(await maskData({ text })).toEqual({ text });
  });

  it("no secret survives, in whatever style, and nothing else is lost", async () => {
    await fc.assert(
      fc.asyncProperty(tree, style, fc.boolean(), async (data, options, cut) => {
        const whole = stringify(data, options);
        // The library writes some flow mappings that it cannot read itself.
        fc.pre(parseDocument(whole).errors.length === 0);
        const text = cut ? whole.slice(0, Math.ceil(whole.length * 0.8)) : whole;
        const { masked } = (await maskData({ masked: text })) as { masked: string };
        expect(masked).not.toContain(SECRET);
        if (!cut) expect(openOf(parse(masked.replaceAll("***", "masked")))).toBe(openOf(data));
      }),
      { numRuns: 300 },
    );
  });

  it("as data and as JSON", async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (data) => {
        expect(JSON.stringify(await maskData(data))).not.toContain(SECRET);
        const { masked } = (await maskData({ masked: JSON.stringify(data) })) as { masked: string };
        expect(masked).not.toContain(SECRET);
        expect(openOf(masked)).toBe(openOf(data));
      }),
    );
  });
});
