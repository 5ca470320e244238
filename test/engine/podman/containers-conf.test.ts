import { describe, expect, it } from "vitest";
import { WRAPPER_PATH } from "../host/wrapper.ts";
import { dropInFor } from "./containers-conf.ts";

describe("dropInFor", () => {
  it("leaves a machine alone that needs nothing", () => {
    expect(dropInFor({ sysResource: true, unifiedCgroups: true })).toBeUndefined();
  });

  it("chooses runc where crun would refuse the cgroups", () => {
    const text = dropInFor({ sysResource: true, unifiedCgroups: false });
    expect(text).toContain('[engine]\nruntime = "runc"\n');
    expect(text).not.toContain("runtimes");
  });

  it.each([true, false])(
    "puts the wrapper before runc without the capability",
    (unifiedCgroups) => {
      const text = dropInFor({ sysResource: false, unifiedCgroups });
      expect(text).toContain('[engine]\nruntime = "runc"\n');
      expect(text).toContain(`[engine.runtimes]\nrunc = ["${WRAPPER_PATH}"]\n`);
    },
  );
});
