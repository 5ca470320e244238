import { open, stat } from "node:fs/promises";
import { isLayoutDirectory, K3dError, layoutArchive, notRead, type ImageSource } from "@k3d/core";

/** Stands for standard input. */
const STDIN = "-";

/** Names that are paths, whether there is a file or not: `./app`, `/tmp/app`, `app.tar.gz`. */
const PATH = /^\.{0,2}\/|\.(?:tar|tgz|tar\.\w+)$/;

/**
 * What each argument means: standard input, a file or an OCI image layout that is there, else an image.
 *
 * @throws K3dError `NOT_FOUND` for a path without a file, `INVALID_INPUT` for another directory given
 * as a path and for standard input given twice
 */
export async function imageSources(names: readonly string[]): Promise<ImageSource[]> {
  const unique = [...new Set(names)];
  if (unique.length < names.length && names.filter((name) => name === STDIN).length > 1) {
    throw new K3dError("INVALID_INPUT", "Standard input can be read only once", {
      hint: "Give - only once",
    });
  }
  return Promise.all(unique.map((name) => imageSource(name)));
}

async function imageSource(name: string): Promise<ImageSource> {
  if (name === STDIN) {
    if (process.stdin.isTTY) {
      throw new K3dError("INVALID_INPUT", "Standard input is a terminal, not an image archive", {
        hint: "Pipe an archive into it, e.g. docker save app:dev | k3d image import -",
      });
    }
    return { kind: "archive", name: "<stdin>", open: async () => process.stdin };
  }
  const found = await stat(name).catch(() => undefined);
  if (found && !found.isDirectory()) {
    const { size } = found;
    return {
      kind: "archive",
      name,
      ...(size > 0 ? { size } : {}),
      canReopen: found.isFile(),
      open: async () => (await openFile(name)).createReadStream(),
    };
  }
  if (found && (await isLayoutDirectory(name))) {
    return { kind: "archive", name, canReopen: true, open: () => layoutArchive(name) };
  }
  if (!PATH.test(name)) return { kind: "image", reference: name };
  if (found) {
    throw new K3dError("INVALID_INPUT", `${name} is a directory, not an image archive`, {
      hint: "A directory must be an OCI image layout, with a file oci-layout in it",
    });
  }
  throw new K3dError("NOT_FOUND", `File '${name}' does not exist`, {
    hint: "Images are named like nginx:1.27, archives by their path",
  });
}

async function openFile(name: string): ReturnType<typeof open> {
  try {
    return await open(name);
  } catch (error) {
    throw notRead(`File '${name}'`, error, { hint: "Name an archive that you may read." });
  }
}
