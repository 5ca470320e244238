import { isK3dError } from "../errors/index.js";
import type { CallOptions } from "./common.js";
import type { ContainerRuntime } from "./runtime.js";
import { unpackFile } from "./archive.js";

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
