import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { K3dError } from "@k3d/core/runtime";
import { run, tryRun } from "../host/run.ts";
import { unpackedPath } from "../images/unpack.ts";
import { isMountPoint, unmount } from "../networks/namespace.ts";
import type { Engine } from "../engine/engine.ts";
import type { ContainerRecord } from "../store/records.ts";

/**
 * Prepares the root file system of a new container: an overlay over the
 * unpacked image, or a copy of it where the kernel makes no overlay there.
 */
export async function prepareRootfs(
  engine: Engine,
  id: string,
  imageId: string,
): Promise<ContainerRecord["storage"]> {
  const { rootfs, upper, work } = engine.records.pathsOf(id);
  for (const directory of [rootfs, upper, work]) await mkdir(directory, { recursive: true });
  // The overlay shows the root with the attributes of its upper layer.
  const root = await stat(unpackedPath(engine.paths, imageId));
  await chown(upper, root.uid, root.gid);
  await chmod(upper, root.mode & 0o7777);
  const reason = await mountOverlay(engine, id, imageId);
  if (reason === undefined) return { driver: "overlay" };
  await run("cp", [
    "--archive",
    "--reflink=auto",
    `${unpackedPath(engine.paths, imageId)}/.`,
    rootfs,
  ]);
  return { driver: "copy", reason };
}

/** Mounts the root file system where it is not mounted: after a reboot, for instance. */
export async function ensureRootfs(
  engine: Engine,
  { id, name, imageId, storage }: ContainerRecord,
): Promise<void> {
  if (storage.driver === "copy" || (await isMountPoint(engine.records.pathsOf(id).rootfs))) return;
  const reason = await mountOverlay(engine, id, imageId);
  if (reason !== undefined)
    throw new K3dError(
      "RUNTIME_ERROR",
      `The root file system of container '${name}' cannot be mounted: ${reason}`,
      { details: { container: id, reason } },
    );
}

export async function releaseRootfs(engine: Engine, id: string): Promise<void> {
  await unmount(engine.records.pathsOf(id).rootfs);
}

/** @returns why it was not possible. */
async function mountOverlay(
  engine: Engine,
  id: string,
  imageId: string,
): Promise<string | undefined> {
  const { rootfs, upper, work } = engine.records.pathsOf(id);
  const layers = { lowerdir: unpackedPath(engine.paths, imageId), upperdir: upper, workdir: work };
  const options = Object.entries(layers).map(
    ([name, path]) => `${name}=${path.replaceAll(/[\\,:]/g, String.raw`\$&`)}`,
  );
  const { exitCode, stderr } = await tryRun("mount", [
    "-t",
    "overlay",
    "overlay",
    "-o",
    options.join(","),
    rootfs,
  ]);
  return exitCode === 0 ? undefined : stderr.trim();
}
