import { describe, expect, it } from "vitest";
import { tellingLines } from "./node-watch.js";

describe("the telling lines of a log", () => {
  it("are the fatal ones, each message once, however often the node was restarted", () => {
    const fatal = (time: number) => `time=${time} level=fatal msg="no such flag: -x"`;
    const log = [
      fatal(1),
      "   --flag  help",
      fatal(2),
      'level=fatal msg="other"',
      "   --more  help",
    ];
    expect(tellingLines(log)).toEqual([fatal(2), 'level=fatal msg="other"']);
  });

  it("are the last ones where none is fatal", () => {
    const log = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    expect(tellingLines(log)).toEqual(log.slice(-15));
    expect(tellingLines([])).toEqual([]);
  });
});
