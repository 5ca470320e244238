import { describe, expect, it } from "vitest";
import { mayHoldSysResource } from "./capability.ts";

const status = (bounding: string) =>
  `Name:\tnode\nCapEff:\t0000000000000000\nCapBnd:\t${bounding}\n`;

describe("mayHoldSysResource", () => {
  it.each([
    ["all capabilities", "000001ffffffffff", true],
    ["all but CAP_SYS_RESOURCE", "000001fffeffffff", false],
    ["none", "0000000000000000", false],
    ["CAP_SYS_RESOURCE alone", "0000000001000000", true],
  ])("of %s", (_, bounding, expected) => {
    expect(mayHoldSysResource(status(bounding))).toBe(expected);
  });

  it("assumes the usual where the kernel tells nothing", () => {
    expect(mayHoldSysResource("Name:\tnode\n")).toBe(true);
  });
});
