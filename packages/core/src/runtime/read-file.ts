import { isK3dError } from "../errors/index.js";
import type { CallOptions } from "./common.js";
import type { ContainerRuntime } from "./runtime.js";
import { unpackDirectory, unpackFile } from "./archive.js";
import type { ContainerFile } from "./container-file.js";

/** The text of a file in a container, running or not; `undefined` when it is not there. */
export async function readContainerFile(
  runtime: ContainerRuntime,
  container: string,
  path: string,
  options: CallOptions = {},
): Promise<string | undefined> {
  try {
    const content = await unpackFile(await runtime.containers.getArchive(container, path, options));
    return content.toString("utf8");
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** The files below a directory of a container, running or not; none when it is not there. Links are left out. */
export async function readContainerDirectory(
  runtime: ContainerRuntime,
  container: string,
  directory: string,
  options: CallOptions = {},
): Promise<ContainerFile[]> {
  try {
    const archive = await runtime.containers.getArchive(container, directory, options);
    return [...(await unpackDirectory(archive))].map(([path, { content, mode }]) => ({
      path: `${directory}/${path}`,
      content: content.toString("utf8"),
      mode: mode & 0o7777,
    }));
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return [];
    throw error;
  }
}
