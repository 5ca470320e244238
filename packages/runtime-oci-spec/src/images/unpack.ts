import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { K3dError } from "@k3d/core/runtime";
import { commandFailed, tryRun } from "../host/run.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { Locks } from "../store/lock.ts";
import { Scratch } from "../store/scratch.ts";
import type { Paths } from "../store/paths.ts";
import { ImageLayout } from "./layout.ts";
import type { StoredImage } from "./image-store.ts";

/** Where the unpacked root file system of an image lies, whether it is there or not. */
export function unpackedPath(paths: Paths, imageId: string): string {
  return join(paths.unpacked, imageId.replace("sha256:", ""));
}

/**
 * The unpacked root file system of an image, which all its containers share;
 * the first that needs it unpacks it.
 *
 * @throws `IMAGE_NOT_FOUND`, `NO_SPACE`, `COMMAND_FAILED`, `ABORTED`.
 */
export async function ensureUnpacked(
  paths: Paths,
  locks: Locks,
  image: StoredImage,
  signal?: AbortSignal,
): Promise<string> {
  const target = unpackedPath(paths, image.id);
  if (await isDirectory(target)) return target;
  return await locks.with(
    `unpack-${image.id.slice(-16)}`,
    async () => {
      if (await isDirectory(target)) return target;
      await mkdir(paths.unpacked, { recursive: true, mode: 0o700 });
      const staging = await new Scratch(paths.tmp).make("unpack");
      try {
        // A layout with this image alone spares umoci from reading an index that others write.
        const layout = new ImageLayout(join(staging, "layout"));
        await layout.ensure(join(paths.images, "blobs"));
        const size = await manifestSize(layout, image);
        await layout.writeManifests([
          {
            mediaType: "application/vnd.oci.image.manifest.v1+json",
            digest: image.manifestDigest,
            size,
            annotations: { "org.opencontainers.image.ref.name": "image" },
          },
        ]);
        const args = [
          "raw",
          "unpack",
          "--image",
          `${layout.directory}:image`,
          join(staging, "rootfs"),
        ];
        // No blob of it may be collected as garbage meanwhile.
        const result = await locks.with("image-blobs", () => tryRun("umoci", args, { signal }), {
          shared: true,
          signal,
        });
        if (result.exitCode !== 0) {
          const failure = commandFailed("umoci", args, result);
          if (!/no space left/i.test(result.stderr)) throw failure;
          throw new K3dError(
            "NO_SPACE",
            `No space is left to unpack image '${image.references[0] ?? image.id}'`,
            { cause: failure },
          );
        }
        await rename(join(staging, "rootfs"), target);
        return target;
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    },
    // Large images take long on a slow disk, and who waits has no other way to their files.
    { signal, timeoutSeconds: Infinity },
  );
}

async function manifestSize(layout: ImageLayout, image: StoredImage): Promise<number> {
  const manifest = await stat(layout.blobPath(image.manifestDigest)).catch(ignoreMissing);
  if (manifest) return manifest.size;
  const name = image.references[0] ?? image.id;
  throw new K3dError("IMAGE_NOT_FOUND", `Image '${name}' has been removed in the meantime`, {
    details: { image: name },
  });
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
