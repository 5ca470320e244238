import { type Creation, CREATION_PATH, parseCreation } from "../node/creation.js";
import type { CallOptions } from "../runtime/common.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** How far the creation of this first server's cluster came; `undefined` for clusters that do not tell. */
export async function creationOf(
  runtime: ContainerRuntime,
  server: string,
  options: CallOptions,
): Promise<Creation | undefined> {
  const text = await readContainerFile(runtime, server, CREATION_PATH, options);
  return text === undefined ? undefined : parseCreation(text);
}

/** Whether the creation of this first server's cluster ended before its last step; `false` for clusters that do not tell. */
export async function isHalfMade(
  runtime: ContainerRuntime,
  server: string,
  options: CallOptions,
): Promise<boolean> {
  return (await creationOf(runtime, server, options))?.state === "begun";
}
