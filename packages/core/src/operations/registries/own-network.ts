import { K3dError, isK3dError, unlessMissing } from "../../errors/index.js";
import { APP, LABELS } from "../../model/labels.js";
import { OBJECT_PREFIX } from "../../model/names.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

/** Network for registries where the runtime has none that containers join by default. */
export const OWN_NETWORK = OBJECT_PREFIX;

/**
 * Removes the network for registries with the last container on it.
 *
 * @throws `RUNTIME_ERROR` when the engine does not do as it says.
 */
export async function dropOwnNetwork(
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<void> {
  const found = async () => {
    const networks = await runtime.networks.list({ ...options, labels: { [LABELS.app]: APP } });
    return networks.find(({ name }) => name === OWN_NETWORK);
  };
  try {
    const network = await found();
    if (network !== undefined) await unlessMissing(runtime.networks.remove(network.id, options));
  } catch (error) {
    if (isK3dError(error, "NETWORK_IN_USE")) return;
    throw error;
  }
  if ((await found()) === undefined) return;
  throw new K3dError("RUNTIME_ERROR", `The engine still has network '${OWN_NETWORK}'`, {
    hint: "The engine did not do what it reported. Look at its log, and try again.",
  });
}
