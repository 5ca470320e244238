import { isK3dError, unlessFailing, unlessMissing } from "../errors/index.js";
import { unreachableMachines } from "../machines/machine.js";
import { keptVolumes } from "../node/kept-volumes.js";
import type { NodeView } from "../node/views.js";
import { listNodesAndRegistries } from "../observe/nodes.js";
import type { CallOptions } from "../runtime/common.js";
import type { Step } from "./graph.js";
import type { World } from "./world.js";

type RemovalWorld = Pick<World, "runtime" | "collaborators">;

/** Removes a node's container, with its anonymous volumes and those it took over from one that it replaced. */
export function removeContainerStep(
  node: Pick<NodeView, "id" | "name" | "role" | "labels">,
  { runtime }: RemovalWorld,
  needs: readonly string[] = [],
  onDone: () => void = () => {},
): Step {
  return {
    id: `remove:${node.name}`,
    title: `Delete ${node.role} ${node.name}`,
    needs,
    async run({ signal }) {
      await unlessMissing(
        runtime.containers.remove(node.id, { signal, force: true, volumes: true }),
      );
      // One that is in use goes with the container that took it over.
      for (const volume of keptVolumes(node.labels))
        await unlessFailing(
          runtime.volumes.remove(volume, { signal }),
          "NOT_FOUND",
          "VOLUME_IN_USE",
        );
      onDone();
    },
  };
}

/** Takes a container off a network that is about to go. */
export function disconnectStep(
  { name, role }: Pick<NodeView, "name" | "role">,
  network: string,
  { runtime }: RemovalWorld,
): Step {
  return {
    id: `remove:${name}`,
    title: `Disconnect ${role} ${name} from network ${network}`,
    run: ({ signal }) =>
      unlessMissing(runtime.networks.disconnect(network, name, { signal, force: true })),
  };
}

/** Removes a network; where others are on it, it stays, and a warning says so. */
export function removeNetworkStep(
  network: { id: string; name: string },
  world: RemovalWorld,
  needs: readonly string[],
  onDone: () => void,
  onKept: () => void,
): Step {
  const { runtime, collaborators } = world;
  return {
    id: `remove:network:${network.name}`,
    title: `Delete network ${network.name}`,
    needs,
    async run({ signal }) {
      try {
        if (await isShared(network, world, { signal })) {
          onKept();
          return;
        }
        await runtime.networks.remove(network.id, { signal });
        onDone();
      } catch (error) {
        if (isK3dError(error, "NOT_FOUND")) return;
        if (!isK3dError(error, "NETWORK_IN_USE")) throw error;
        onKept();
        const isOutOfReach = unreachableMachines(runtime).length > 0;
        collaborators.events.emit({
          type: "warning",
          message: `Network '${network.name}' stays: containers ${isOutOfReach ? "on a machine that cannot be reached" : "that are not k3d's"} are attached to it`,
          hint: isOutOfReach
            ? "When the machine is back, run the same command again."
            : "Disconnect them, then run the same command again.",
        });
      }
    },
  };
}

/** Disconnects registries, which keep no network, and tells of other clusters that do. */
async function isShared(
  network: { id: string; name: string },
  { runtime, collaborators }: RemovalWorld,
  options: CallOptions,
): Promise<boolean> {
  const { containers } = await runtime.networks.inspect(network.id, options);
  if (containers.length === 0) return false;
  const present = new Set(containers.map(({ name }) => name));
  const nodes = (await listNodesAndRegistries(runtime, options)).filter(({ name }) =>
    present.has(name),
  );
  const others = nodes.filter(({ role }) => role !== "registry");
  if (others.length > 0) {
    const clusters = [...new Set(others.map((node) => node.cluster ?? node.name))].join(", ");
    const message = `Network '${network.name}' stays: it is also that of ${clusters}`;
    collaborators.events.emit({ type: "warning", message });
    return true;
  }
  for (const { name } of nodes)
    await unlessMissing(runtime.networks.disconnect(network.id, name, { ...options, force: true }));
  return false;
}

export function removeVolumeStep(
  name: string,
  { runtime, collaborators }: RemovalWorld,
  needs: readonly string[],
  onDone: () => void,
  onKept: () => void,
): Step {
  return {
    id: `remove:volume:${name}`,
    title: `Delete volume ${name}`,
    needs,
    async run({ signal }) {
      try {
        await runtime.volumes.remove(name, { signal });
        onDone();
      } catch (error) {
        if (isK3dError(error, "NOT_FOUND")) return;
        if (!isK3dError(error, "VOLUME_IN_USE")) throw error;
        onKept();
        const message = `Volume '${name}' stays: another container uses it`;
        collaborators.events.emit({ type: "warning", message });
      }
    },
  };
}
