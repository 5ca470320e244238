import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoopDisk } from "../loop-disk.js";
import { ociClientWith, ociRuntime } from "../oci-client.js";
import { sortedLines, type SmallEngine } from "./engine.js";

/** The daemonless runtime with a root of its own. */
export async function smallOci(size: number): Promise<SmallEngine> {
  const directory = await mkdtemp(join(tmpdir(), "k3d-oci-"));
  const disk = await LoopDisk.mount(join(directory, "data"), size);
  const env = { K3D_OCI_ROOT: join(disk.path, "oci"), K3D_OCI_RUN: join(directory, "run") };
  return {
    data: disk.path,
    env,
    around: [],
    async copyImages(images) {
      const [theirs, own] = [await ociRuntime({}), await ociRuntime(env)];
      for (const image of images) await own.images.load(await theirs.images.save([image]));
    },
    exec: (container, ...line) => ociClientWith(env, "exec", container, ...line),
    async state() {
      const { containers, volumes, networks } = await ociRuntime(env);
      const [all, kept, nets] = await Promise.all([
        containers.list(),
        volumes.list(),
        networks.list(),
      ]);
      return sortedLines([
        all.map(({ id, name, status }) => `${id} ${name} ${status}`).join("\n"),
        kept.map(({ name }) => name).join("\n"),
        nets.map(({ name }) => name).join("\n"),
      ]);
    },
    async dispose() {
      const { containers } = await ociRuntime(env);
      for (const { id } of await containers.list()) {
        await containers.remove(id, { force: true, volumes: true });
      }
      await disk.unmount();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
