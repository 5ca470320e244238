import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contains,
  formatAddress,
  freeSubnet,
  overlaps,
  parseAddress,
  parseCidr,
  rangesWithout,
  type Cidr,
} from "./ipv4.ts";

const anyAddress = fc.integer({ min: 0, max: 2 ** 32 - 1 });

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`${text} is not a network`);
  return parsed;
}

describe("addresses", () => {
  it("are read as they were written", () => {
    fc.assert(
      fc.property(anyAddress, (value) => {
        expect(parseAddress(formatAddress(value))).toBe(value);
      }),
    );
  });

  it.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "a.b.c.d", "1.2.3.4/8", " 1.2.3.4"])(
    "are not %j",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe("networks", () => {
  it("clear their host bits", () => {
    expect(cidr("10.76.3.9/24")).toEqual({
      text: "10.76.3.0/24",
      first: 172_753_664,
      last: 172_753_919,
      prefix: 24,
    });
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "x/8"])("are not %j", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it("overlap both ways or not at all", () => {
    const any = fc
      .tuple(anyAddress, fc.integer({ min: 8, max: 30 }))
      .map(([value, prefix]) => cidr(`${formatAddress(value)}/${prefix}`));
    fc.assert(fc.property(any, any, (one, other) => overlaps(one, other) === overlaps(other, one)));
    expect(overlaps(cidr("10.0.0.0/8"), cidr("10.76.0.0/24"))).toBe(true);
    expect(overlaps(cidr("10.76.0.0/24"), cidr("10.76.1.0/24"))).toBe(false);
  });

  it("are taken where nothing else is", () => {
    const pool = cidr("10.76.0.0/22");
    expect(freeSubnet(pool, 24, [])?.text).toBe("10.76.0.0/24");
    expect(freeSubnet(pool, 24, [cidr("10.76.0.0/23"), cidr("10.76.2.7/32")])?.text).toBe(
      "10.76.3.0/24",
    );
    expect(freeSubnet(pool, 24, [cidr("10.0.0.0/8")])).toBeUndefined();
    expect(freeSubnet(pool, 24, [cidr("10.76.3.0/24")], 7)?.text).toBe("10.76.0.0/24");
  });
});

describe("rangesWithout", () => {
  it("leaves out exactly what is excluded", () => {
    const input = fc.tuple(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 40 }),
      fc.array(fc.integer({ min: -5, max: 90 })),
    );
    fc.assert(
      fc.property(input, ([first, length, excluded]) => {
        const ranges = rangesWithout(first, first + length, excluded);
        for (let address = first - 2; address <= first + length + 2; address += 1) {
          const wanted =
            address >= first && address <= first + length && !excluded.includes(address);
          const held = ranges.filter((range) =>
            contains({ ...range, text: "", prefix: 0 }, address),
          ).length;
          expect(held).toBe(wanted ? 1 : 0);
        }
      }),
    );
  });
});
