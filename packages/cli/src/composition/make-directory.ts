import { rmdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { K3dError, makeDirectories, toK3dError, type CoreSettings } from "@k3d/core";

/** @see CoreSettings.makeDirectory */
export const makeDirectory: CoreSettings["makeDirectory"] = async (path) => {
  const whole = resolve(path);
  const first = await made(whole);
  return async () => {
    if (first === undefined) return;
    for (let directory = whole; directory.length >= first.length; directory = dirname(directory)) {
      if (!(await isRemoved(directory))) return;
    }
  };
};

/** The topmost directory that was made. */
async function made(path: string): Promise<string | undefined> {
  try {
    return await makeDirectories(path);
  } catch (error) {
    throw new K3dError(
      "INVALID_INPUT",
      `The directory ${path} cannot be made: ${toK3dError(error).message}`,
      { hint: "Name a directory that exists, or one that you may create.", cause: error },
    );
  }
}

function isRemoved(directory: string): Promise<boolean> {
  return rmdir(directory).then(
    () => true,
    () => false,
  );
}
