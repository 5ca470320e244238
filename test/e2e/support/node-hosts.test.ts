import { describe, expect, it } from "vitest";
import { hostsServed } from "./node-hosts.js";

describe("hostsServed", () => {
  it("takes names from one line or from several, whatever their order", () => {
    const one = hostsServed("10.1.2.3 foo.example bar.example\n");
    const two = hostsServed("10.1.2.3\tbar.example\n10.1.2.3 Foo.Example.\n");
    for (const served of [one, two]) {
      expect(served.get("foo.example")).toEqual(["10.1.2.3"]);
      expect(served.get("bar.example")).toEqual(["10.1.2.3"]);
    }
  });

  it("keeps every address of a name", () => {
    expect(hostsServed("10.0.0.1 a\nfd00::1 a\n").get("a")).toEqual(["10.0.0.1", "fd00::1"]);
  });

  it("passes over comments and lines without an address", () => {
    const served = hostsServed("# 10.0.0.1 a\nnonsense b\n10.0.0.2 c # d\n\n10.0.0.3\n");
    expect([...served]).toEqual([["c", ["10.0.0.2"]]]);
  });
});
