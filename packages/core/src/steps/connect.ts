import { unlessMissing } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import type { CallOptions } from "../runtime/common.js";
import type { Step } from "./graph.js";
import { patient } from "./patience.js";
import type { World } from "./world.js";

/** Lets nodes reach a registry that stands on its own. */
export function connectRegistryStep(
  registry: string,
  world: World,
  needs: readonly string[],
): Step {
  const { runtime } = world;
  const network = world.desired.network.name;
  // Noted before the engine is asked: its answer may be lost. Not set where it was connected before.
  let connecting = false;
  return {
    id: `connect:${registry}`,
    title: `Connect registry ${registry}`,
    needs,
    async run({ signal }) {
      if (await isConnected(runtime, registry, network, { signal })) return;
      connecting = true;
      await runtime.networks.connect(network, registry, { signal: patient(signal) });
    },
    async undo({ signal }) {
      if (connecting)
        await unlessMissing(
          runtime.networks.disconnect(network, registry, { signal, force: true }),
        );
    },
  };
}

/** Takes a registry that is no longer wanted off the cluster's network. */
export function disconnectRegistryStep(registry: string, world: World): Step {
  const { runtime } = world;
  const network = world.desired.network.name;
  let disconnecting = false;
  return {
    id: `disconnect:${registry}`,
    title: `Disconnect registry ${registry} from network ${network}`,
    async run({ signal }) {
      disconnecting = true;
      await unlessMissing(
        runtime.networks.disconnect(network, registry, { signal: patient(signal), force: true }),
      );
    },
    async undo({ signal }) {
      if (disconnecting && !(await isConnected(runtime, registry, network, { signal })))
        await runtime.networks.connect(network, registry, { signal });
    },
  };
}

/** Brings a node back to its network, at its own address. */
export function reconnectStep(name: string, world: World, needs: readonly string[]): Step {
  const { runtime } = world;
  return {
    id: `connect:${name}`,
    title: `Connect ${name} to network ${world.desired.network.name}`,
    needs,
    async run({ signal }) {
      const { networks, labels } = world.node(name).spec;
      // Off its network it has no attachment any more that tells.
      const { ipv4Address = labels[LABELS.staticIp], ipv6Address = labels[LABELS.staticIpv6] } =
        networks[0] ?? {};
      await runtime.networks.connect(world.desired.network.name, name, {
        signal,
        ipv4Address,
        ipv6Address,
      });
    },
  };
}

export async function isConnected(
  runtime: World["runtime"],
  container: string,
  network: string,
  options: CallOptions,
): Promise<boolean> {
  const { networks } = await runtime.containers.inspect(container, options);
  return networks.some(({ name }) => name === network);
}
