import { describe, expect, it } from "vitest";
import { settingsFrom, settingsToEnv } from "./settings.ts";

describe("settingsFrom", () => {
  it("has defaults for everything", () => {
    const settings = settingsFrom({});
    expect(settings).toMatchObject({
      root: "/var/lib/k3d/oci",
      run: "/run/k3d/oci",
      nameServers: [],
      logSizeMax: 16_777_216,
    });
    expect(settings.subnetPool.text).toBe("10.76.0.0/14");
    expect(settings.runtime).toBeUndefined();
  });

  it("keeps what a reboot forgets apart for each root", () => {
    const one = settingsFrom({ K3D_OCI_ROOT: "/srv/one" }).run;
    const other = settingsFrom({ K3D_OCI_ROOT: "/srv/other" }).run;
    expect(new Set([one, other, "/run/k3d/oci"]).size).toBe(3);
    expect(settingsFrom({ K3D_OCI_ROOT: "/srv/one", K3D_OCI_RUN: "/run/one" }).run).toBe(
      "/run/one",
    );
  });

  it("can be told to another process", () => {
    const settings = settingsFrom({
      K3D_OCI_ROOT: "/srv/x",
      K3D_OCI_RUNTIME: "crun",
      K3D_OCI_DNS: "192.0.2.1, 192.0.2.2",
      K3D_OCI_SUBNETS: "10.9.0.0/16",
    });
    expect({ ...settingsFrom(settingsToEnv(settings)), path: settings.path }).toEqual(settings);
  });

  it.each([
    { K3D_OCI_ROOT: "relative" },
    { K3D_OCI_ROOT: "/" },
    { K3D_OCI_SUBNETS: "10.76.0.0/25" },
    { K3D_OCI_SUBNETS: "everything" },
    { K3D_OCI_LOG_SIZE: "100" },
    { K3D_OCI_LOG_SIZE: "big" },
  ])("refuses %o", (env) => {
    expect(() => settingsFrom(env)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
