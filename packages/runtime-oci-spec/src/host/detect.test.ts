import { describe, expect, it } from "vitest";
import { detect } from "./detect.ts";

const HERE = { env: {}, homeDir: "/root", platform: "linux", uid: 0 } as const;

describe("detect", () => {
  it("says why a host does not fit", async () => {
    expect(await detect({ ...HERE, platform: "darwin" })).toMatchObject({
      available: false,
      reason: expect.stringContaining("darwin") as unknown,
    });
    expect(await detect({ ...HERE, uid: 1000 })).toMatchObject({
      available: false,
      reason: expect.stringContaining("root") as unknown,
    });
    expect(await detect({ ...HERE, env: { K3D_OCI_ROOT: "x" } })).toMatchObject({
      available: false,
      reason: expect.stringContaining("K3D_OCI_ROOT") as unknown,
    });
  });

  it("names missing programs and plugins, and the packages that bring them", async () => {
    const { available, reason, hint } = await detect({
      ...HERE,
      env: { K3D_OCI_CNI_PATH: "/nonexistent" },
    });
    expect(available).toBe(false);
    expect(reason).toContain("portmap");
    expect(hint).toContain("containernetworking-plugins");
  });
});
