import { access } from "node:fs/promises";
import { K3dError, notRead } from "@k3d/core";

/** Whether what was given for the name of a cluster is rather the path of a config file. */
export const looksLikeFile = (name: string): boolean =>
  /\.(?:ya?ml|json)$/i.test(name) || /[\\/]/.test(name);

/** What is wrong with a path that was given for the name of a cluster. */
export async function fileAsName(path: string): Promise<K3dError> {
  try {
    await access(path);
  } catch (error) {
    return notRead(`Config file ${path}`, error, {
      hint: "Check the path, and name config files with --config.",
    });
  }
  return new K3dError("INVALID_INPUT", `'${path}' is a file, but a cluster is named here`, {
    hint: `Name the config file with --config ${path}`,
  });
}
