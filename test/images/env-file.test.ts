import { describe, expect, it } from "vitest";
import { withVariables } from "./env-file.ts";

describe("withVariables", () => {
  it("adds, changes and removes lines and keeps the others", () => {
    const before = "KEPT=a=b\nCHANGED=old\nREMOVED=x\n";
    const after = withVariables(before, { CHANGED: "new", REMOVED: undefined, ADDED: "y" });
    expect(after).toBe("KEPT=a=b\nCHANGED=new\nADDED=y\n");
  });

  it("is empty when the last line goes", () => {
    expect(withVariables("ONE=1\n", { ONE: undefined })).toBe("");
  });
});
