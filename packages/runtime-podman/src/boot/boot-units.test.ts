import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testFolder, type TestFolder } from "../../test-support/fake-podman.js";
import { HostFiles } from "../host/host-files.js";
import { BootUnits } from "./boot-units.js";
import { findBootUnits } from "./find-boot-units.js";

let folder: TestFolder;
let units: BootUnits;
beforeEach(async () => {
  folder = await testFolder();
  units = new BootUnits({ unitDir: folder.path, podman: "/usr/bin/podman" });
});
afterEach(() => folder.remove());

const enabled = (): Promise<string[]> =>
  readdir(join(folder.path, "default.target.wants")).catch(() => []);
const container = (name: string, policy: "always" | "unless-stopped" | "on-failure" | "no") => ({
  name,
  restartPolicy: { name: policy },
});

describe("BootUnits", () => {
  it("enables containers that are to come back while they run", async () => {
    expect(await units.enable(container("k3d-a", "unless-stopped"))).toBe(true);
    expect(await units.enable(container("k3d-a", "unless-stopped"))).toBe(false);
    await units.enable(container("k3d-b", "always"));
    expect(await units.enable(container("k3d-c", "on-failure"))).toBe(false);
    expect(await units.enable(container("k3d-d", "no"))).toBe(false);
    expect((await enabled()).toSorted()).toEqual([
      "k3d-podman@k3d-a.service",
      "k3d-podman@k3d-b.service",
    ]);
    expect(await units.enableAlso("k3d-a", "k3d-z")).toBe(true);
    expect(await units.enableAlso("k3d-a", "k3d-b")).toBe(false);
    expect(await units.enableAlso("k3d-d", "k3d-y")).toBe(false);
    await units.disable("k3d-b");
    await units.disable("never-started");
    expect((await enabled()).toSorted()).toEqual([
      "k3d-podman@k3d-a.service",
      "k3d-podman@k3d-z.service",
    ]);
  });

  it("leaves nothing behind with the last container", async () => {
    await units.enable(container("k3d-a", "always"));
    await units.enable(container("k3d-b", "always"));
    await folder.write("default.target.wants/other@k3d.service", "");
    await units.disable("k3d-a");
    expect(await readdir(folder.path)).toContain("k3d-podman@.service");
    await units.disable("k3d-b");
    expect(await readdir(folder.path)).toEqual(["default.target.wants"]);
    expect(await enabled()).toEqual(["other@k3d.service"]);
    expect(await units.enable(container("k3d-a", "always"))).toBe(true);
    expect(await readdir(folder.path)).toContain("k3d-podman@.service");
  });

  it("keeps the template of what is enabled at the same time", async () => {
    for (let round = 0; round < 20; round++) {
      await units.enable(container("k3d-a", "always"));
      await Promise.all([units.disable("k3d-a"), units.enable(container("k3d-b", "always"))]);
      expect(await readdir(folder.path)).toContain("k3d-podman@.service");
      await units.disable("k3d-b");
    }
  });

  it("says what cannot be done where the files cannot be changed", async () => {
    const unitDir = await folder.write("no-folder", "");
    const failing = new BootUnits({ unitDir, podman: "/usr/bin/podman" });
    const failure = { name: "K3dError", code: "RUNTIME_ERROR", hint: expect.any(String) };
    await expect(failing.enable(container("k3d-a", "always"))).rejects.toMatchObject({
      ...failure,
      message: expect.stringContaining("Cannot let container 'k3d-a' start at boot: "),
    });
    await expect(failing.disable("k3d-a")).rejects.toMatchObject(failure);
    await expect(failing.enableAlso("k3d-a", "k3d-b")).rejects.toMatchObject(failure);
  });

  it("writes a unit that starts the container of its instance", async () => {
    await units.enable(container("k3d-a", "always"));
    const link = join(folder.path, "default.target.wants", "k3d-podman@k3d-a.service");
    expect(await readlink(link)).toBe("../k3d-podman@.service");
    const unit = await readFile(link, "utf8");
    expect(unit).toContain("\nExecStart=/usr/bin/podman start %i\n");
    expect(unit).toContain("\nExecCondition=/usr/bin/podman container exists %i\n");
  });
});

describe("findBootUnits", () => {
  const options = { env: {}, homeDir: "/home/ann", uid: 1000 };
  const find = (uid: number) =>
    findBootUnits(new HostFiles(folder.path), { ...options, uid }, "podman");

  it("needs systemd", async () => {
    expect(await find(0)).toEqual({ missing: "systemd does not run here" });
  });

  it("is there for root with systemd", async () => {
    await folder.write("run/systemd/system/x", "");
    expect(await find(0)).toHaveProperty("missing", "/etc/systemd/system cannot be written");
    await folder.write("etc/systemd/system/x", "");
    expect(await find(0)).toHaveProperty("units");
  });

  it("needs lingering for others", async () => {
    await folder.write("run/systemd/system/x", "");
    await folder.write("etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
    await folder.write("home/ann/.profile", "");
    expect(await find(1000)).toHaveProperty(
      "missing",
      expect.stringContaining("loginctl enable-linger ann"),
    );
    await folder.write("var/lib/systemd/linger/ann", "");
    expect(await find(1000)).toHaveProperty("units");
  });
});
