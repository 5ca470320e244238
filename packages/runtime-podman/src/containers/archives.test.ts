import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fakePodman, testFolder, type TestFolder } from "../../test-support/fake-podman.js";
import { PodmanCli } from "../command/podman-cli.js";
import { putArchive } from "./archives.js";

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  await mkdir(join(folder.path, "tmp"));
});
afterEach(() => folder.remove());

/** Keeps its input in a file of TMPDIR, as podman does, then goes on with `end`. */
async function put(end: string): Promise<void> {
  const command = await fakePodman(
    folder,
    `if [ "$1" = cp ]; then cat >"$TMPDIR/podman123"; stat -c %a "$TMPDIR" >"$DIR/mode"; ${end}; fi
     echo '[{"State":{"Status":"running"},"Mounts":[]}]'`,
  );
  const env = { PATH: "/usr/bin:/bin", DIR: folder.path };
  const cli = new PodmanCli({ command, globalArgs: [], env });
  const archive = Readable.from([Buffer.from("password")]);
  await putArchive(cli, { id: "c", path: "/etc", archive, tempDir: join(folder.path, "tmp") }, {});
}

it("leaves nothing of what podman keeps of an archive, and lets nobody see it meanwhile", async () => {
  await put("exit 0");
  expect(await readFile(join(folder.path, "mode"), "utf8")).toBe("700\n");
  expect(await readdir(join(folder.path, "tmp"))).toEqual([]);
});

it("leaves nothing when podman fails", async () => {
  await expect(put("echo 'Error: no space left on device' >&2; exit 125")).rejects.toMatchObject({
    code: "NO_SPACE",
  });
  expect(await readdir(join(folder.path, "tmp"))).toEqual([]);
});
