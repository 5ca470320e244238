import { K3dError, notWritten, writeFileSafely } from "@k3d/core";

/**
 * Writes a text file.
 *
 * @throws K3dError `ALREADY_EXISTS` unless `replace`, `NO_SPACE` and `INVALID_INPUT` when it cannot be written
 */
export async function writeText(
  path: string,
  text: string,
  { replace, signal }: { replace: boolean; signal: AbortSignal },
): Promise<void> {
  try {
    await writeFileSafely(path, text, { replace, signal, directories: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new K3dError("ALREADY_EXISTS", `The file ${path} exists already`, {
        hint: "Replace it with --force, or name another one with --output",
      });
    }
    throw notWritten(`The file ${path} cannot be written`, error, {
      hint: "Name another file, or - for standard output",
    });
  }
}
