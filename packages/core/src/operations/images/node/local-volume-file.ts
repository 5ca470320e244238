import { constants } from "node:fs";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isK3dError, throwIfAborted } from "../../../errors/index.js";
import { IMAGE_VOLUME_PATH } from "../../../model/defaults.js";
import { LABELS } from "../../../model/labels.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import type { NodeMount, NodeProbe } from "./probe.js";
import { archiveName, keptName, type VolumeFile, type VolumeFileOptions } from "./volume-file.js";

/** Bytes that are gathered for one write. */
const CHUNK = 1_048_576;

/**
 * Makes an archive in the image volume from this process, which spares the engine all of its bytes: only where the volume's
 * directory is on this machine and this user may write there. Whoever calls sees whether the nodes find it.
 *
 * @returns `undefined` where that cannot be. @throws `ABORTED`.
 */
export async function localVolumeFile(
  runtime: ContainerRuntime,
  { node, mount }: NodeProbe,
  { owner, signal, keep }: VolumeFileOptions,
): Promise<VolumeFile | undefined> {
  const volume = node.labels[LABELS.imageVolume];
  // Without its owner in the name nobody would know a file as abandoned.
  if (!(await runtime.capabilities).localBindMounts || !volume || !mount || owner === undefined)
    return undefined;
  const name = archiveName(owner);
  let directory: string;
  let file: FileHandle;
  try {
    const { mountpoint = "" } = await runtime.volumes.inspect(volume, { signal });
    directory = await realpath(mountpoint);
    if (!(await isMounted(directory, mount))) return undefined;
    file = await createIn(directory, name);
  } catch (error) {
    throwIfAborted(signal);
    if (isK3dError(error, "ABORTED")) throw error;
    return undefined;
  }
  const path = join(directory, name);
  return {
    path: `${IMAGE_VOLUME_PATH}/${name}`,
    async write(archive) {
      try {
        const output = file.createWriteStream({ highWaterMark: CHUNK });
        await pipeline(archive, output, { signal });
        return undefined;
      } catch (error) {
        throwIfAborted(signal);
        return { node: node.name, reason: (error as Error).message };
      } finally {
        archive.destroy();
      }
    },
    async close(isWhole) {
      await file.close();
      if (!keep || !isWhole) {
        await rm(path, { force: true });
        return undefined;
      }
      const kept = keptName(node);
      await rename(path, join(directory, kept));
      return `${IMAGE_VOLUME_PATH}/${kept}`;
    },
  };
}

/** As the volume's own: the container's root may be another user here. */
async function createIn(directory: string, name: string): Promise<FileHandle> {
  const { uid, gid } = await stat(directory);
  const path = join(directory, name);
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    if ((await file.stat()).uid !== uid) await file.chown(uid, gid);
    return file;
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** Whether a directory of this machine is what a node has mounted; another machine may have one of the same path. */
async function isMounted(directory: string, { device, root }: NodeMount): Promise<boolean> {
  const { dev } = await stat(directory, { bigint: true });
  return directory.endsWith(root) && device === deviceNumbers(dev);
}

/** `MAJOR:MINOR`, as the C library takes a device number apart: makedev(3). */
function deviceNumbers(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
