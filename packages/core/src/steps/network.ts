import { isK3dError } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import { creatorOf } from "../node/creation.js";
import { networkBinding } from "../observe/facts.js";
import type { Step } from "./graph.js";
import { removeMadeNetwork } from "./owned.js";
import { patient } from "./patience.js";
import { createPinnedNetwork } from "./pinned-network.js";
import { alreadyMade } from "./taken.js";
import type { World } from "./world.js";

export const NETWORK_STEP = "network";

/** Makes the cluster's network, or finds it; either way the addresses of its nodes are known from then on. */
export function networkStep(world: World, create: boolean, needs: readonly string[] = []): Step {
  const { runtime, operation } = world;
  const { name } = world.desired.network;
  return {
    id: NETWORK_STEP,
    title: `${create ? "Create" : "Use"} network ${name}`,
    needs,
    async run({ signal }) {
      await world.settleNetwork(networkBinding(await (create ? made(signal) : found(signal))));
    },
    async undo({ signal }) {
      if (create) await removeMadeNetwork(runtime, name, operation, { signal });
    },
  };

  async function made(signal: AbortSignal) {
    try {
      return await createPinnedNetwork(runtime, world.desired.network, operation, {
        signal: patient(signal),
      });
    } catch (error) {
      throw isK3dError(error, "NAME_IN_USE") ? alreadyMade(world.desired.name, error) : error;
    }
  }

  async function found(signal: AbortSignal) {
    if (world.desired.network.action !== "adopt") return runtime.networks.inspect(name, { signal });
    try {
      const network = await runtime.networks.inspect(name, { signal });
      if (!(await isBeingMade(network.labels, world))) return network;
    } catch (error) {
      throw isK3dError(error, "NOT_FOUND") ? alreadyMade(world.desired.name, error) : error;
    }
    throw alreadyMade(world.desired.name);
  }
}

/** Whether the command that made the cluster's network goes on: then it is no leftover. */
async function isBeingMade(
  labels: Readonly<Record<string, string>>,
  { collaborators: { settings } }: World,
): Promise<boolean> {
  const maker = creatorOf(labels[LABELS.operation]);
  if (maker === undefined || maker === settings.process?.id) return false;
  return (await settings.process?.isRunning(maker)) === true;
}
