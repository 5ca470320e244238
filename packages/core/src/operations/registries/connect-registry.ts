import { startNode } from "../nodes/start-node.js";
import { clusterViews, listNodesAndRegistries } from "../../observe/nodes.js";
import { findCluster } from "../../node/find.js";
import { K3dError } from "../../errors/index.js";
import { type Step, runSteps } from "../../steps/graph.js";
import { Halt } from "../../steps/halt.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import { readRegistryAccess } from "../../registry/access.js";
import type { RegistryDeps } from "./deps.js";
import { announce, unannounce } from "../../steps/registry-hosting.js";
import { caFile } from "../../registry/node-files.js";
import {
  type NodeRegistryChange,
  applyNodeChange,
  planNodeChange,
} from "../../steps/node-registries.js";
import type { RegistryConnectOptions, RegistryConnection } from "./operations.js";
import {
  type RegistriesYaml,
  type RegistryEndpoint,
  addRegistry,
  removeRegistry,
} from "../../registry/registries-yaml.js";
import {
  type RegistryView,
  findRegistries,
  registryEndpoint,
  registryViews,
} from "../../registry/view.js";

interface Pair {
  cluster: ClusterView;
  registries: RegistryView[];
  /** Other registries on the cluster's network. */
  others: RegistryView[];
  nodes: NodeView[];
}

export async function connectRegistry(
  name: string,
  clusterName: string,
  deps: RegistryDeps,
  options: RegistryConnectOptions = {},
): Promise<RegistryConnection> {
  const { runtime, events } = deps;
  const call = { signal: options.signal };
  const pair = await findPair(name, clusterName, deps, options);
  const { cluster, registries, nodes } = pair;
  const endpoints = await Promise.all(
    registries.map((registry) => endpointWithAccess(registry, deps, options)),
  );
  const files = endpoints.flatMap(caFile);
  const add = (yaml: RegistriesYaml): RegistriesYaml => endpoints.reduce(addRegistry, yaml);
  const changes = await planChanges(nodes, add, files, deps, options);
  for (const registry of registries.filter(({ status }) => status !== "running")) {
    events.emit({
      type: "warning",
      message: `Registry '${registry.name}' is not running`,
      hint: `Start it with: k3d registry start ${registry.name}`,
    });
  }
  const joins = registries
    .filter(({ networks }) => !networks.includes(cluster.network.name))
    .map((registry): Step => ({
      id: `connect:${registry.name}`,
      title: `Connect registry ${registry.name} to network ${cluster.network.name}`,
      run: ({ signal }) => runtime.networks.connect(cluster.network.name, registry.id, { signal }),
    }));
  const effects = new Effects();
  await runSteps(
    [
      ...joins,
      ...changes.map((change) => changeStep(change, effects, deps, joins)),
      {
        id: "announce",
        title: `Tell cluster ${cluster.name} about its registry`,
        run: ({ signal }) => announce(cluster, endpoints, deps, { signal }),
      },
    ],
    { ...deps, ...call, rollback: false },
  );
  return finish(pair, effects, deps, options);
}

export async function disconnectRegistry(
  name: string,
  clusterName: string,
  deps: RegistryDeps,
  options: Omit<RegistryConnectOptions, "auth"> = {},
): Promise<RegistryConnection> {
  const { runtime } = deps;
  const call = { signal: options.signal };
  const pair = await findPair(name, clusterName, deps, options);
  const { cluster, registries, others, nodes } = pair;
  const endpoints = registries.map((registry) => registryEndpoint(registry));
  const remove = (yaml: RegistriesYaml): RegistriesYaml => endpoints.reduce(removeRegistry, yaml);
  const changes = await planChanges(nodes, remove, [], deps, options);
  const effects = new Effects();
  const nodeSteps = changes.map((change) => changeStep(change, effects, deps, []));
  const remaining = others.map((registry) => registryEndpoint(registry));
  await runSteps(
    [
      ...nodeSteps,
      {
        id: "announce",
        title: `Tell cluster ${cluster.name} about its registries`,
        run: ({ signal }) => unannounce(cluster, endpoints, remaining, deps, { signal }),
      },
      ...registries.map((registry): Step => ({
        id: `disconnect:${registry.name}`,
        title: `Disconnect registry ${registry.name} from network ${cluster.network.name}`,
        needs: nodeSteps.map(({ id }) => id),
        run: ({ signal }) =>
          runtime.networks.disconnect(cluster.network.name, registry.id, { signal, force: true }),
      })),
    ],
    { ...deps, ...call, rollback: false },
  );
  return finish(pair, effects, deps, options);
}

/** What became of the nodes. */
class Effects {
  readonly changed: string[] = [];
  readonly needRestart: NodeView[] = [];
}

async function findPair(
  name: string,
  clusterName: string,
  { runtime }: RegistryDeps,
  { signal }: RegistryConnectOptions,
): Promise<Pair> {
  const all = await listNodesAndRegistries(runtime, { signal });
  const views = registryViews(all);
  const registries = findRegistries(name, views);
  const clusters = clusterViews(all);
  const cluster = findCluster(clusterName, clusters);
  const network = cluster.network.name;
  if (network === "host" || network === "") {
    throw new K3dError(
      "UNSUPPORTED",
      `Cluster '${clusterName}' is on the host's network, where registries have no name`,
      {
        hint: "Name the registry by its published port in a registries.yaml (--registry-config), and create the cluster again.",
      },
    );
  }
  return {
    cluster,
    registries,
    others: views.filter((view) => view.networks.includes(network) && !registries.includes(view)),
    nodes: cluster.nodes.filter(({ role }) => role === "server" || role === "agent"),
  };
}

async function endpointWithAccess(
  registry: RegistryView,
  { runtime, events }: RegistryDeps,
  { auth, signal }: RegistryConnectOptions,
): Promise<RegistryEndpoint> {
  const known =
    registry.tls || registry.authenticated
      ? await readRegistryAccess(runtime, registry.id, { signal })
      : undefined;
  const access = auth === undefined ? known : { ...known, auth };
  if (registry.authenticated && access?.auth === undefined) {
    events.emit({
      type: "warning",
      message: `Registry '${registry.name}' asks for a password that is not known`,
      hint: "Nodes can pull from it with --username and --password-stdin only, or with imagePullSecrets of Kubernetes.",
    });
  }
  return { ...registryEndpoint(registry), access };
}

async function planChanges(
  nodes: readonly NodeView[],
  change: (yaml: RegistriesYaml) => RegistriesYaml,
  files: NodeRegistryChange["files"],
  { runtime }: RegistryDeps,
  { signal }: RegistryConnectOptions,
): Promise<NodeRegistryChange[]> {
  const options = { signal };
  const changes = await Promise.all(
    nodes.map((node) => planNodeChange(runtime, node, change, files, options)),
  );
  return changes.filter((planned) => planned !== undefined);
}

function changeStep(
  change: NodeRegistryChange,
  effects: Effects,
  { runtime }: RegistryDeps,
  after: readonly Step[],
): Step {
  const { node } = change;
  return {
    id: `configure:${node.name}`,
    title: `Configure ${node.role} ${node.name}`,
    needs: after.map(({ id }) => id),
    async run({ signal }) {
      const effect = await applyNodeChange(runtime, change, { signal });
      effects.changed.push(node.name);
      if (effect === "restart") effects.needRestart.push(node);
    },
  };
}

/** Restarts, one after another, the nodes that read their registries only at boot. */
async function finish(
  pair: Pair,
  effects: Effects,
  deps: RegistryDeps,
  options: RegistryConnectOptions,
): Promise<RegistryConnection> {
  const { runtime, events } = deps;
  const call = { signal: options.signal };
  const waiting = effects.needRestart.map(({ name }) => name);
  const restart = options.restart !== false && waiting.length > 0;
  if (waiting.length > 0) {
    events.emit({
      type: "warning",
      message: `The containerd of ${waiting.join(", ")} reads its registries at boot only: ${restart ? "restarting, one after another" : "it will see the change at its next start"}`,
    });
  }
  // What the user has stopped stays stopped.
  const running = {
    ...pair.cluster,
    nodes: pair.cluster.nodes.filter(({ status }) => status === "running"),
  };
  for (const node of restart ? effects.needRestart : []) {
    const halt = new Halt(runtime, node);
    try {
      await halt.stop(call);
      await startNode(node, running, deps, options);
    } catch (error) {
      // An interrupt may have come between the two.
      await halt.takeBack({}).catch(() => {});
      throw error;
    }
  }
  const names = new Set(pair.registries.map(({ name }) => name));
  return {
    cluster: pair.cluster.name,
    registries: registryViews(await listNodesAndRegistries(runtime, call)).filter(({ name }) =>
      names.has(name),
    ),
    changed: effects.changed.toSorted(),
    restarted: restart ? waiting : [],
    pending: restart ? [] : waiting,
  };
}
