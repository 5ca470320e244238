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
    await units.started(container("k3d-a", "unless-stopped"));
    await units.started(container("k3d-a", "unless-stopped"));
    await units.started(container("k3d-b", "always"));
    await units.started(container("k3d-c", "on-failure"));
    await units.started(container("k3d-d", "no"));
    expect((await enabled()).toSorted()).toEqual([
      "k3d-podman@k3d-a.service",
      "k3d-podman@k3d-b.service",
    ]);
    await units.renamed("k3d-a", "k3d-z");
    await units.renamed("k3d-d", "k3d-y");
    await units.stopped("k3d-b");
    await units.stopped("never-started");
    expect(await enabled()).toEqual(["k3d-podman@k3d-z.service"]);
  });

  it("writes a unit that starts the container of its instance", async () => {
    await units.started(container("k3d-a", "always"));
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
