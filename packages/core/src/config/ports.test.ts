import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCleanOutcome, outcome } from "../../test-support/outcome.js";
import { formatPortBinding, parsePortSpec } from "./ports.js";

const tcp = { protocol: "tcp" };

describe("parsePortSpec", () => {
  it.each([
    ["80", [{ containerPort: 80, ...tcp }]],
    ["8080:80", [{ hostPort: 8080, containerPort: 80, ...tcp }]],
    ["0:80", [{ containerPort: 80, ...tcp }]],
    ["127.0.0.1:8080:80/tcp", [{ hostIp: "127.0.0.1", hostPort: 8080, containerPort: 80, ...tcp }]],
    ["localhost:8080:80", [{ hostIp: "127.0.0.1", hostPort: 8080, containerPort: 80, ...tcp }]],
    ["127.0.0.1::80", [{ hostIp: "127.0.0.1", containerPort: 80, ...tcp }]],
    [":8080:80", [{ hostPort: 8080, containerPort: 80, ...tcp }]],
    ["[::1]:53:53/UDP", [{ hostIp: "::1", hostPort: 53, containerPort: 53, protocol: "udp" }]],
    ["::1:53:53", [{ hostIp: "::1", hostPort: 53, containerPort: 53, ...tcp }]],
    ["fd00::1::53", [{ hostIp: "fd00::1", containerPort: 53, ...tcp }]],
    [":80", [{ containerPort: 80, ...tcp }]],
    ["::80", [{ containerPort: 80, ...tcp }]],
    ["80/", [{ containerPort: 80, ...tcp }]],
    ["8000-9000:80", [{ hostPort: 8000, containerPort: 80, ...tcp }]],
    ["[fd00::1]::53/sctp", [{ hostIp: "fd00::1", containerPort: 53, protocol: "sctp" }]],
    [
      "8000-8001:80-81",
      [
        { hostPort: 8000, containerPort: 80, ...tcp },
        { hostPort: 8001, containerPort: 81, ...tcp },
      ],
    ],
    [
      "30000-30001",
      [
        { containerPort: 30_000, ...tcp },
        { containerPort: 30_001, ...tcp },
      ],
    ],
  ])("%s", (text, bindings) => {
    expect(parsePortSpec(text)).toEqual(bindings);
  });

  it.each([
    ["", 1, "a container port is missing"],
    ["8080:", 6, "a container port is missing"],
    ["80/icmp", 4, '"icmp" is not a protocol'],
    ["eighty", 1, "is not a container port"],
    ["8x:80", 2, "is not a host port"],
    ["0", 1, "between 1 and 65535"],
    ["70000", 1, "at most 65535"],
    ["8080:70000", 6, "at most 65535"],
    ["8081-8080:80-81", 1, "ends before it starts"],
    ["8000-8002:80-81", 1, "3 host ports cannot be mapped to 2 container ports"],
    ["1-2:1-2-3", 8, "a range needs two ends"],
    ["1-:1-3", 3, "a host port is missing"],
    ["[::1:8080:80", 1, "not an address of this host"],
    ["[::1]8080:80", 5, "is not a host port"],
    ["[1.2.3.4]:8080:80", 1, "not an address of this host"],
    ["80/tcp/udp", 4, '"tcp/udp" is not a protocol'],
    ["host.example:8080:80", 1, "not an address of this host"],
    ["999.0.0.1:8080:80", 1, "not an address of this host"],
    [" 8080:80", 1, "is not a host port"],
  ])("refuses %j at column %i", (text, column, reason) => {
    expect(() => parsePortSpec(text)).toThrow(reason);
    expect(() => parsePortSpec(text)).toThrow(
      expect.objectContaining({ details: { input: text, column } }),
    );
  });

  it("reads back each binding it formats", () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    const binding = fc.record(
      {
        containerPort: port,
        hostPort: port,
        hostIp: fc.oneof(fc.ipV4(), fc.ipV6()),
        protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
      },
      { requiredKeys: ["containerPort", "protocol"] },
    );
    fc.assert(
      fc.property(binding, (given) => {
        expect(parsePortSpec(formatPortBinding(given))).toEqual([given]);
      }),
    );
  });

  it("never fails but with INVALID_INPUT, naming the input", () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom("80", "8080", ":", "-", "[", "]", "::1", "/", "udp", "127.0.0.1"))
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(
          isCleanOutcome(
            outcome(() => parsePortSpec(input)),
            input,
          ),
        ).toBe(true);
      }),
    );
  });
});
