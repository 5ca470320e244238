import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakePodman, testFolder, type TestFolder } from "../../test-support/fake-podman.js";
import { fixture } from "../../test-support/fixture.js";
import { BootUnits } from "../boot/boot-units.js";
import { PodmanCli } from "../command/podman-cli.js";
import { PodmanContainers } from "./operations.js";
import type { ContainerJson } from "./inspect-json.js";

const NAME = "k3d-demo-server-0";
let folder: TestFolder;
let unitDir: string;
let containers: PodmanContainers;

/** Podman with one container; notes its commands, and fails those named in `fail`. */
beforeEach(async () => {
  folder = await testFolder();
  const [json] = await fixture<[ContainerJson]>("container-stopped");
  await folder.write("container.json", JSON.stringify([json]));
  await folder.write("fail", "");
  const command = await fakePodman(
    folder,
    `echo "$1" >>"$DIR/commands"
     if grep -qx "$1" "$DIR/fail"; then echo "Error: it did not work" >&2; exit 125; fi
     case "$1" in container) cat "$DIR/container.json";; rm) echo removed;; esac`,
  );
  const env = { PATH: "/usr/bin:/bin", DIR: folder.path };
  unitDir = join(folder.path, "units");
  containers = new PodmanContainers({
    cli: new PodmanCli({ command, globalArgs: [], env }),
    pidsLimit: true,
    local: true,
    tempDir: folder.path,
    bootUnits: new BootUnits({ unitDir, podman: command }),
  });
});
afterEach(() => folder.remove());

const enabled = (): Promise<string[]> =>
  readdir(join(unitDir, "default.target.wants")).catch(() => []);
const commands = async (): Promise<string[]> =>
  (await readFile(join(folder.path, "commands"), "utf8")).trim().split("\n");
const failing = (command: string): Promise<string> => folder.write("fail", `${command}\n`);
const unit = (name: string): string => `k3d-podman@${name}.service`;

/** Puts a file where the folder of units was, so that none can be changed. */
async function breakUnits(): Promise<void> {
  await rm(unitDir, { recursive: true, force: true });
  await writeFile(unitDir, "");
}

describe("coming back after a boot", () => {
  it("begins with the start and ends with the stop", async () => {
    await containers.start(NAME);
    expect(await enabled()).toEqual([unit(NAME)]);
    await containers.stop(NAME);
    expect(await enabled()).toEqual([]);
  });

  it("is not promised for a container that did not start", async () => {
    await failing("start");
    await expect(containers.start(NAME)).rejects.toMatchObject({ code: "RUNTIME_ERROR" });
    expect(await enabled()).toEqual([]);
  });

  it("stays promised when another start fails", async () => {
    await containers.start(NAME);
    await failing("start");
    await expect(containers.start(NAME)).rejects.toMatchObject({ code: "RUNTIME_ERROR" });
    expect(await enabled()).toEqual([unit(NAME)]);
  });

  it("is a condition of the start: nothing runs that would not come back", async () => {
    await breakUnits();
    await expect(containers.start(NAME)).rejects.toMatchObject({
      code: "RUNTIME_ERROR",
      message: expect.stringContaining(`Cannot let container '${NAME}' start at boot`),
    });
    expect(await commands()).not.toContain("start");
  });

  it("is told where a stop could not end it", async () => {
    await breakUnits();
    await expect(containers.stop(NAME)).rejects.toMatchObject({
      code: "RUNTIME_ERROR",
      message: expect.stringContaining(`Cannot keep container '${NAME}' from starting at boot`),
    });
    expect(await commands()).toContain("stop");
  });

  it("does not make a removal fail", async () => {
    await breakUnits();
    await containers.remove(NAME);
    expect(await commands()).toContain("rm");
  });

  it("goes with the name", async () => {
    await containers.start(NAME);
    await containers.rename(NAME, "other");
    expect(await enabled()).toEqual([unit("other")]);
  });

  it("stays with the old name, and with its owner, when the new one is taken", async () => {
    await containers.start(NAME);
    await failing("rename");
    await expect(containers.rename(NAME, "other")).rejects.toMatchObject({ name: "K3dError" });
    expect(await enabled()).toEqual([unit(NAME)]);
    await writeFile(join(unitDir, "default.target.wants", unit("other")), "");
    await expect(containers.rename(NAME, "other")).rejects.toMatchObject({ name: "K3dError" });
    expect((await enabled()).toSorted()).toEqual([unit(NAME), unit("other")].toSorted());
  });
});
