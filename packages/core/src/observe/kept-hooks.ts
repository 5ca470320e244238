import { isK3dError } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import { HOOKS_PATH, sameHooks } from "../plan/kept-hooks.js";
import type { CallOptions } from "../runtime/common.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { NodeView } from "../node/views.js";

/**
 * What a server keeps of hooks: its label, or what `apply` has said since in a file. A server whose
 * files cannot be read, which must not keep anybody from deleting it, has its label.
 */
export async function readHooks(
  runtime: ContainerRuntime,
  server: Pick<NodeView, "id" | "labels"> | undefined,
  options: CallOptions,
): Promise<string | undefined> {
  if (server === undefined) return undefined;
  const label = server.labels[LABELS.hooks];
  try {
    return (await readContainerFile(runtime, server.id, HOOKS_PATH, options)) ?? label;
  } catch (error) {
    if (isK3dError(error, "ABORTED")) throw error;
    return label;
  }
}

/** For people; empty where a server keeps what it shall keep. */
export function hookCauses(found: string | undefined, wanted: string | undefined): string[] {
  if (sameHooks(found, wanted)) return [];
  if (sameHooks(wanted, undefined)) return ["its hooks are removed"];
  return [sameHooks(found, undefined) ? "hooks are new" : "its hooks change"];
}
