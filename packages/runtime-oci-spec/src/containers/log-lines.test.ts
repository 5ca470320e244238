import { describe, expect, it } from "vitest";
import { LogLineParser } from "./log-lines.ts";

const TIME = "2026-11-22T14:22:17.019233046+00:00";

describe("LogLineParser", () => {
  it("reads stream, time and text", () => {
    expect(new LogLineParser().parse(`${TIME} stderr F two  words `)).toEqual({
      stream: "stderr",
      line: "two  words ",
      timestamp: new Date("2026-11-22T14:22:17.019Z"),
    });
    expect(new LogLineParser().parse(`${TIME} stdout F `)?.line).toBe("");
  });

  it("joins the parts of a long line, each stream by itself", () => {
    const parser = new LogLineParser();
    expect(parser.parse(`${TIME} stdout P one `)).toBeUndefined();
    expect(parser.parse(`${TIME} stderr F other`)?.line).toBe("other");
    expect(parser.parse(`${TIME} stdout F two`)?.line).toBe("one two");
    expect(parser.rest()).toEqual([]);
  });

  it("keeps what was never completed for the end", () => {
    const parser = new LogLineParser();
    parser.parse(`${TIME} stdout P half`);
    expect(parser.rest()).toMatchObject([{ stream: "stdout", line: "half" }]);
    expect(parser.rest()).toEqual([]);
  });

  it("passes over what is not a log line", () => {
    expect(new LogLineParser().parse("")).toBeUndefined();
    expect(new LogLineParser().parse("nonsense")).toBeUndefined();
  });
});
