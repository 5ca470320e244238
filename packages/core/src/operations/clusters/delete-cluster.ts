import { K3dError, isK3dError, unlessMissing } from "../../errors/index.js";
import { removeEntries } from "../../kubeconfig/remove-entries.js";
import { APP, LABELS } from "../../model/labels.js";
import { kubeContextName, networkName } from "../../model/names.js";
import type { NodeView } from "../../node/views.js";
import type { ListOptions } from "../../runtime/common.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { VolumeInfo } from "../../runtime/volumes.js";
import type { ClusterDeleteResult } from "../contracts.js";
import type { ClusterDeps } from "./deps.js";
import { listNodes } from "../../observe/nodes.js";

/**
 * Deletes what belongs to the cluster, also the remains of a half-made or
 * half-deleted one, by either tool.
 *
 * @throws `NOT_FOUND` when nothing of it is there.
 */
export async function deleteCluster(
  name: string,
  deps: ClusterDeps,
  signal?: AbortSignal,
): Promise<ClusterDeleteResult> {
  const { runtime } = deps;
  const options = signal === undefined ? {} : { signal };
  const labels = { [LABELS.app]: APP, [LABELS.cluster]: name };
  const [members, volumes, networks] = await Promise.all([
    listNodes(runtime, options).then((all) => all.filter(({ cluster }) => cluster === name)),
    ownVolumes(runtime, { ...options, labels }),
    ownNetworks(name, deps, options),
  ]);
  if (members.every(({ role }) => role === "registry") && volumes.length + networks.length === 0) {
    throw new K3dError("NOT_FOUND", `Cluster '${name}' does not exist`, {
      hint: "See what there is with: k3d cluster list",
    });
  }
  const nodes = members.filter((node) => !usedElsewhere(node, networks));
  await Promise.all(nodes.map((node) => removeNode(node, deps)));
  const [removedNetworks, removedVolumes] = await Promise.all([
    Promise.all(networks.map((network) => removeNetwork(network, nodes, deps))),
    Promise.all(volumes.map((volume) => removeVolume(volume.name, deps))),
  ]);
  return {
    name,
    removed: {
      containers: nodes.map((node) => node.name),
      networks: removedNetworks.flat(),
      volumes: removedVolumes.flat(),
      kubeconfigEntries: await removeFromKubeconfig(name, deps, options),
    },
  };
}

/** A registry made with this cluster that other networks use too: it is disconnected, not deleted. */
function usedElsewhere(node: NodeView, networks: readonly { name: string }[]): boolean {
  const own = new Set([...networks.map(({ name }) => name), node.labels[LABELS.network]]);
  return node.role === "registry" && node.networks.some((name) => !own.has(name));
}

/** The network that the cluster was made with, never one that belongs to others. */
async function ownNetworks(
  name: string,
  { runtime }: ClusterDeps,
  options: { signal?: AbortSignal },
): Promise<{ id: string; name: string }[]> {
  const all = await runtime.networks.list({ ...options, labels: { [LABELS.app]: APP } });
  return all.filter(({ labels, name: found }) => {
    const cluster = labels[LABELS.cluster];
    // The Go k3d labels its networks with the app alone; their name tells the cluster.
    return cluster === undefined ? found === networkName(name) : cluster === name;
  });
}

async function removeNode(node: NodeView, { runtime, events, clock }: ClusterDeps): Promise<void> {
  const id = `delete:${node.name}`;
  const title = `Delete ${node.role} ${node.name}`;
  const since = clock.now();
  events.emit({ type: "step.started", id, title });
  await unlessMissing(runtime.containers.remove(node.id, { force: true, volumes: true }));
  events.emit({ type: "step.finished", id, title, elapsedMs: clock.now() - since });
}

async function removeNetwork(
  network: { id: string; name: string },
  gone: readonly NodeView[],
  deps: ClusterDeps,
): Promise<string[]> {
  const { runtime, events } = deps;
  try {
    const { containers } = await runtime.networks.inspect(network.id);
    const removed = new Set(gone.map(({ name }) => name));
    const left = containers.filter(({ name }) => !removed.has(name));
    const nodes = (await listNodes(runtime)).filter((node) =>
      left.some(({ name }) => name === node.name),
    );
    const others = nodes.filter(({ role }) => role !== "registry");
    if (others.length > 0) {
      const clusters = [...new Set(others.map((node) => node.cluster ?? node.name))].join(", ");
      const message = `Network '${network.name}' stays: it is also that of ${clusters}`;
      events.emit({ type: "warning", message });
      return [];
    }
    for (const { name } of nodes)
      await runtime.networks.disconnect(network.id, name, { force: true });
    await runtime.networks.remove(network.id);
    return [network.name];
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return [];
    if (!isK3dError(error, "NETWORK_IN_USE")) throw error;
    events.emit({
      type: "warning",
      message: `Network '${network.name}' stays: containers that are not k3d's are attached to it`,
      hint: `Disconnect them, then run the same command again.`,
    });
    return [];
  }
}

async function ownVolumes(runtime: ContainerRuntime, options: ListOptions): Promise<VolumeInfo[]> {
  return (await runtime.capabilities).volumes ? await runtime.volumes.list(options) : [];
}

async function removeVolume(name: string, { runtime, events }: ClusterDeps): Promise<string[]> {
  try {
    await runtime.volumes.remove(name);
    return [name];
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return [];
    if (!isK3dError(error, "VOLUME_IN_USE")) throw error;
    events.emit({ type: "warning", message: `Volume '${name}' stays: another container uses it` });
    return [];
  }
}

/** The cluster is gone by now: a kubeconfig that cannot be changed is no reason to fail. */
async function removeFromKubeconfig(
  name: string,
  { kubeconfigStore: store, events }: ClusterDeps,
  options: { signal?: AbortSignal },
): Promise<string[]> {
  const { removed, failures, current } = await removeEntries(store, name, options);
  if (current !== undefined) {
    const now = current === "" ? "No kubeconfig context" : `Kubeconfig context '${current}'`;
    events.emit({ type: "log", level: "info", message: `${now} is current now` });
  }
  for (const { message } of failures) {
    const hint = `Remove context '${kubeContextName(name)}' from it by hand, or later with: k3d prune --kubeconfig`;
    events.emit({ type: "warning", message, hint });
  }
  return removed;
}
