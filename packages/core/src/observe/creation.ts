import { CREATION_PATH } from "../node/creation.js";
import type { CallOptions } from "../runtime/common.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** Whether the creation of this first server's cluster ended before its last step; `false` for clusters that do not tell. */
export async function isHalfMade(
  runtime: ContainerRuntime,
  server: string,
  options: CallOptions,
): Promise<boolean> {
  const state = await readContainerFile(runtime, server, CREATION_PATH, options);
  return state?.trim() === "begun";
}
