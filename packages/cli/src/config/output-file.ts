import { isK3dError, K3dError, toK3dError, writeFileSafely } from "@k3d/core";

/**
 * Writes a text file.
 *
 * @throws K3dError `ALREADY_EXISTS` unless `replace`, `INVALID_INPUT` when it cannot be written
 */
export async function writeText(
  path: string,
  text: string,
  { replace, signal }: { replace: boolean; signal: AbortSignal },
): Promise<void> {
  try {
    await writeFileSafely(path, text, { replace, signal, directories: false });
  } catch (error) {
    if (isK3dError(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new K3dError("ALREADY_EXISTS", `The file ${path} exists already`, {
        hint: "Replace it with --force, or name another one with --output",
      });
    }
    throw new K3dError(
      "INVALID_INPUT",
      `The file ${path} cannot be written: ${toK3dError(error).message}`,
      {
        hint: "Name another file, or - for standard output",
        cause: error,
      },
    );
  }
}
