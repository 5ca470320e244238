import * as fc from "fast-check";
import { K3dError } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { formatError } from "../errors/format-error.js";
import { reportError } from "../errors/report-error.js";
import { printable, printableData } from "./printable.js";
import { serialize } from "./serialize.js";
import { plainPaint } from "./styles.js";

// oxlint-disable-next-line no-control-regex -- what must not be there
const OBEYED = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;
const HOSTILE = "\u001B]0;title\u0007 \u001B[2J \u009B31m a\rb \u202Eabc";

it("writes out what a terminal would obey", () => {
  expect(printable(HOSTILE)).toBe(
    String.raw`\u001b]0;title\u0007 \u001b[2J \u009b31m a\u000db \u202eabc`,
  );
  expect(printable("two\r\nlines\tand ünïcode ✔")).toBe("two\nlines\tand ünïcode ✔");
});

it("reaches every text in data, and leaves what is not a text", () => {
  const made = new Date(0);
  expect(printableData({ "\u0007": ["\u001B", 1, { made, none: undefined }] })).toEqual({
    "\\u0007": ["\\u001b", 1, { made, none: undefined }],
  });
});

describe("whatever the text", () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 0x20ff }).map((code) => String.fromCodePoint(code)),
  });

  it("none of it is obeyed, and documents still hold it", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const json = await serialize({ [value]: value }, "json");
        expect(printable(value)).not.toMatch(OBEYED);
        expect(json).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual({ [value]: value });
        expect(await serialize({ value }, "yaml")).not.toMatch(OBEYED);
      }),
    );
  });

  it("errors print none of it", () => {
    fc.assert(
      fc.property(text, (value) => {
        const error = new K3dError("COMMAND_FAILED", value, {
          hint: value,
          cause: new Error(value),
          details: { stderr: value, list: [{ node: value }] },
        });
        for (const trace of [true, false])
          expect(formatError(error, plainPaint, { trace })).not.toMatch(OBEYED);
      }),
    );
  });
});

it.each([[[]], [["--json"]], [["--progress", "json"]]])("an error with %j is harmless", (argv) => {
  let out = "";
  const stream = { write: (part: string) => (out += part) };
  const error = new K3dError("NOT_FOUND", HOSTILE, { hint: HOSTILE });
  reportError(error, { argv, command: "k3d", env: {}, stdout: stream, stderr: stream });
  expect(out).not.toMatch(OBEYED);
  expect(out).toContain("title");
});
