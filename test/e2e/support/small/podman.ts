import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { LoopDisk } from "../loop-disk.js";
import { sortedLines, type SmallEngine } from "./engine.js";

/** A Podman whose storage, volumes, networks and state are its own. */
export async function smallPodman(size: number): Promise<SmallEngine> {
  const directory = await mkdtemp(join(tmpdir(), "k3d-podman-"));
  const disk = await LoopDisk.mount(join(directory, "data"), size);
  const command = join(directory, "podman");
  const places = [
    ["--root", join(disk.path, "storage")],
    ["--runroot", join(directory, "run")],
    ["--tmpdir", join(directory, "tmp")],
    ["--network-config-dir", join(directory, "networks")],
  ].flat();
  await writeFile(command, `#!/bin/sh\nexec podman ${places.join(" ")} "$@"\n`, { mode: 0o755 });
  const client = async (...args: string[]): Promise<string> => (await execa(command, args)).stdout;
  return {
    data: disk.path,
    env: { K3D_PODMAN_COMMAND: command },
    around: [],
    async copyImages(images) {
      const save = execa("podman", ["save", "--multi-image-archive", ...images], { buffer: false });
      await save.pipe(command, ["load"]);
    },
    exec: (container, ...line) => client("exec", container, ...line),
    state: async () =>
      sortedLines(
        await Promise.all([
          client("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.Exited}}"),
          client("volume", "ls", "-q"),
          client("network", "ls", "-q"),
        ]),
      ),
    async dispose() {
      await client("rm", "--all", "--force", "--volumes", "--time", "0");
      await execa("umount", ["--recursive", join(disk.path, "storage", "overlay")], {
        reject: false,
      });
      await disk.unmount();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
