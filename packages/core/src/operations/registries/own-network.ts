import { isK3dError } from "../../errors/index.js";
import { APP, LABELS } from "../../model/labels.js";
import { OBJECT_PREFIX } from "../../model/names.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

/** Network for registries where the runtime has none that containers join by default. */
export const OWN_NETWORK = OBJECT_PREFIX;

/** Removes the network for registries with the last container on it. */
export async function dropOwnNetwork(
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<void> {
  try {
    const { id, labels } = await runtime.networks.inspect(OWN_NETWORK, options);
    if (labels[LABELS.app] === APP) await runtime.networks.remove(id, options);
  } catch (error) {
    if (!isK3dError(error, "NOT_FOUND", "NETWORK_IN_USE")) throw error;
  }
}
