import { readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { K3dError, makeDirectories, notWritten } from "@k3d/core";

/** A new package: path → content. */
export type Files = Readonly<Record<string, string>>;

/** What `plugins create-… --json` prints. */
export interface Scaffold {
  directory: string;
  /** Name of the package. */
  name: string;
  files: string[];
}

/**
 * The name that a directory gives: the package's, and without the prefix that such packages have,
 * the command's or the runtime's.
 *
 * @throws K3dError `INVALID_INPUT` when it cannot be such a name
 */
export function namesOf(directory: string, prefix: string): { name: string; short: string } {
  const name = basename(resolve(directory)).toLowerCase();
  const short = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  if (/^[a-z][a-z0-9-]*$/.test(short)) return { name: `${prefix}${short}`, short };
  throw new K3dError(
    "INVALID_INPUT",
    `The directory's name "${name}" cannot be the name of a package`,
    {
      hint: "Use a to z, 0 to 9 and -, and begin with a letter",
    },
  );
}

/**
 * Writes the files of a new package.
 *
 * @throws K3dError `ALREADY_EXISTS` when the directory holds something, `INVALID_INPUT` when it cannot be written
 */
export async function writeScaffold(
  directory: string,
  name: string,
  files: Files,
): Promise<Scaffold> {
  const root = resolve(directory);
  const there = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw cannotWrite(root, error);
  });
  if (there.length > 0) {
    throw new K3dError("ALREADY_EXISTS", `The directory ${root} is not empty`, {
      hint: "Name another one",
    });
  }
  try {
    for (const [path, content] of Object.entries(files)) {
      const file = join(root, path);
      await makeDirectories(dirname(file));
      await writeFile(file, content);
    }
  } catch (error) {
    throw cannotWrite(root, error);
  }
  return { directory: root, name, files: Object.keys(files) };
}

function cannotWrite(root: string, error: unknown): K3dError {
  return notWritten(`${root} cannot be written`, error, { hint: "Name another directory" });
}
