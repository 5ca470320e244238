import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareMoments, parseLogLine, toDate } from "./log-lines.js";

describe("parseLogLine", () => {
  it("takes the time off, to the nanosecond", () => {
    const { line, moment } = parseLogLine("2026-11-22T14:13:33.543318563+01:00 hello world");
    expect(line).toBe("hello world");
    expect(moment.nanoseconds).toBe(543_318_563);
    expect(toDate(moment).toISOString()).toBe("2026-11-22T13:13:33.543Z");
  });

  it.each([
    ["2026-11-22T14:13:33Z x", 0],
    ["2026-11-22T14:13:33.5Z x", 500_000_000],
  ])("reads %s", (text, nanoseconds) => {
    expect(parseLogLine(text).moment.nanoseconds).toBe(nanoseconds);
  });

  it("takes the times of later pieces out of the middle of a line", () => {
    const text = "2026-11-22T14:13:33.1Z a2026-11-22T14:13:33.1Z b2026-11-22T14:13:34.25Z c";
    expect(parseLogLine(text).line).toBe("abc");
  });

  it("takes out whole seconds where podman tells no more", () => {
    expect(parseLogLine("2026-11-22T14:13:33Z li2026-11-22T14:13:33Z ne").line).toBe("line");
    expect(parseLogLine("2026-11-22T14:13:33Z 2026-11-22T14:13:33Z ready").line).toBe(
      "2026-11-22T14:13:33Z ready",
    );
    const inner = "a 2026-11-22T14:13:35Z b";
    expect(parseLogLine(`2026-11-22T14:13:33.5Z ${inner}`).line).toBe(inner);
  });

  it("leaves times alone that the process wrote before", () => {
    const inner = "2026-11-22T14:13:32.999Z INFO at 2026-11-22T14:13:30.5Z once";
    expect(parseLogLine(`2026-11-22T14:13:33.1Z ${inner}`).line).toBe(inner);
  });

  it("keeps an empty line and a line without a time", () => {
    expect(parseLogLine("2026-11-22T14:13:33.1Z ").line).toBe("");
    expect(parseLogLine("odd")).toEqual({ line: "odd", moment: { seconds: 0, nanoseconds: 0 } });
  });

  it("gives back any text without such times", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("T")),
        (text) => {
          expect(parseLogLine(`2026-11-22T14:13:33.123456789Z ${text}`).line).toBe(text);
        },
      ),
    );
  });
});

it("orders moments by the nanosecond", () => {
  const one = { seconds: 1000, nanoseconds: 2 };
  expect(compareMoments(one, { seconds: 1000, nanoseconds: 3 })).toBeLessThan(0);
  expect(compareMoments(one, { seconds: 0, nanoseconds: 9 })).toBeGreaterThan(0);
  expect(compareMoments(one, one)).toBe(0);
});
