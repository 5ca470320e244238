import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCleanOutcome, outcome } from "../../test-support/outcome.js";
import { formatNodeFilter, parseNodeFilter } from "./node-filter.js";

describe("parseNodeFilter", () => {
  it.each([
    ["server", "server:*"],
    ["servers:*", "server:*"],
    ["SERVER:0", "server:0"],
    ["agents:0,2", "agent:0,2"],
    ["agent:1-3", "agent:1-3"],
    ["agent:2-", "agent:2-"],
    ["agent:-1", "agent:-1"],
    ["agent:-", "agent:-"],
    ["agent:0,2-3:direct", "agent:0,2-3:direct"],
    ["agent:0,2,", "agent:0,2"],
    ["agent:0,:direct", "agent:0:direct"],
    ["servers:*:proxy", "server:*:proxy"],
    ["server:direct", "server:*:direct"],
    ["loadbalancer", "loadbalancer"],
    ["loadbalancer:0", "loadbalancer"],
    ["loadbalancer:*:proxy", "loadbalancer:proxy"],
    ["all", "all"],
    ["all:*", "all"],
    ["agents[0]", "agent:0"],
    ["agents[0,2-3]", "agent:0,2-3"],
    ["agent[0:2]", "agent:0-2"],
    ["server[*]:direct", "server:*:direct"],
    ["workers[1-]", "agent:1-"],
    ["master", "server:*"],
    ["k3d-test-agent-0", "k3d-test-agent-0"],
    ["k3d-test-agent-0:direct", "k3d-test-agent-0:direct"],
  ])("%s means %s", (text, canonical) => {
    expect(formatNodeFilter(parseNodeFilter(text))).toBe(canonical);
  });

  it("shows the offending character", () => {
    expect(() => parseNodeFilter("server:0,x")).toThrow(
      'Invalid node filter "server:0,x": a node number, a range such as "1-3" or "*" is expected (column 10)\n  server:0,x\n           ^',
    );
  });

  it.each([
    ["", 1, "a group of nodes"],
    ["sever:0", 1, 'did you mean "server"?'],
    ["node-1", 1, "neither a group"],
    ["constructor", 1, "neither a group"],
    ["server:", 8, 'expected after ":"'],
    ["server:*,0", 9, '"," is not expected'],
    ["server:0,,1", 10, "a node number"],
    ["server:,", 8, "a node number"],
    ["server:0 ", 9, '" " is not expected'],
    ["server:0:", 10, 'expected after ":"'],
    ["server:0:odd", 10, '"odd" is not a suffix'],
    ["server:all", 8, '"all" is not a suffix'],
    ["server:3-1", 8, "ends before it starts"],
    ["server:0:direct:proxy", 16, '":" is not expected'],
    ["server:12345678", 8, "too large"],
    ["server[0", 9, 'closing "]"'],
    ["server[]", 8, "a node number"],
    ["server[0]x", 10, '"x" is not expected'],
    ["server:0:2", 10, 'expected after ":"'],
    ["loadbalancer:1", 14, "no numbered nodes"],
    ["all:0-1", 5, "no numbered nodes"],
    ["k3d-", 1, "neither a group"],
  ])("refuses %j at column %i", (text, column, reason) => {
    expect(() => parseNodeFilter(text)).toThrow(reason);
    expect(() => parseNodeFilter(text)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", details: { input: text, column } }),
    );
  });

  it("reads back what it formats", () => {
    const range = fc
      .tuple(fc.option(fc.nat(99)), fc.option(fc.nat(99)))
      .map(([a, b]) => (a !== null && b !== null && a > b ? `${b}-${a}` : `${a ?? ""}-${b ?? ""}`));
    const subset = fc.oneof(
      fc.constant("*"),
      fc
        .array(fc.oneof(range, fc.nat(99).map(String)), { minLength: 1 })
        .map((ranges) => ranges.join(",")),
    );
    const suffix = fc.constantFrom("", ":proxy", ":direct");
    const group = fc.constantFrom("server", "servers", "agent", "agents", "workers");
    const filter = fc
      .tuple(group, subset, suffix, fc.boolean())
      .map(([g, s, x, bracket]) => (bracket ? `${g}[${s}]${x}` : `${g}:${s}${x}`));
    fc.assert(
      fc.property(filter, (text) => {
        const canonical = formatNodeFilter(parseNodeFilter(text));
        expect(formatNodeFilter(parseNodeFilter(canonical))).toBe(canonical);
      }),
    );
  });

  it("never fails but with INVALID_INPUT naming the input", () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(
          fc.constantFrom(
            "server",
            "agent",
            "all",
            ":",
            "[",
            "]",
            "*",
            ",",
            "-",
            "0",
            "12",
            "direct",
            "k3d-",
          ),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(
          isCleanOutcome(
            outcome(() => parseNodeFilter(input)),
            input,
          ),
        ).toBe(true);
      }),
    );
  });
});
