import type { Step } from "../../steps/graph.js";
import { K3dError, unlessMissing } from "../../errors/index.js";
import type { KubeconfigEntries } from "../../kubeconfig/document.js";
import { apiUrl } from "../../kubeconfig/entries.js";
import type { PlannedNode, PlannedVolume } from "../../plan/cluster-plan.js";
import {
  JOINING,
  STRICT,
  type ExpectedNode,
  waitForApi,
  waitForKubeconfig,
  waitForNodes,
  withTimeout,
} from "../../readiness/index.js";
import type { KubeClient } from "../../readiness/kube-client.js";
import type { CreateState } from "./create-state.js";
import { markFinished } from "../../steps/mark-created.js";
import { type ClusterDeps } from "./deps.js";
import { DEFAULT_TIMEOUT_MS } from "../../readiness/cluster-ready.js";
import { ensureImage } from "../../steps/ensure-image.js";
import { createPinnedNetwork } from "../../steps/pinned-network.js";

/** What the steps find out for the caller. */
export interface CreateOutcome {
  entries?: KubeconfigEntries;
  url?: string;
  /** Undo of a kubeconfig change. */
  kubeconfigWritten?: boolean;
}

/**
 * The graph of `cluster create`:
 * images, network and volumes at once → all containers → entry point and
 * first server → agents at once, further servers when the first answers →
 * all registered → kubeconfig.
 */
export function createSteps(state: CreateState, deps: ClusterDeps, outcome: CreateOutcome): Step[] {
  const { plan } = state;
  const init = plan.nodes.find(({ initServer }) => initServer);
  if (init === undefined)
    throw new K3dError("INTERNAL", `The plan of cluster '${plan.cluster}' has no first server`);
  const publisher = plan.nodes.find(({ name }) => name === plan.api.publishedBy);
  const joining = plan.nodes.filter(({ role, name }) => role === "server" && name !== init.name);
  const registries = plan.nodes.filter(({ role }) => role === "registry");
  const followers = plan.nodes.filter(({ role }) => role === "agent");
  const started = (nodes: readonly PlannedNode[]): string[] =>
    nodes.map(({ name }) => `start:${name}`);

  const steps = [
    ...plan.images.map((image) => imageStep(image.reference, deps)),
    ...networkSteps(state, deps),
    ...plan.volumes
      .filter(({ action }) => action === "create")
      .map((volume) => volumeStep(volume, deps)),
    ...plan.directories.map((path) => directoryStep(path, deps)),
    ...plan.nodes.map((node) => containerStep(node, state, publisher)),
    ...plan.registries.use.map(({ name }) => connectStep(name, state, deps)),
    ...(publisher === undefined || publisher === init ? [] : [startStep(publisher, state, [])]),
    ...registries.map((node) => startStep(node, state, [])),
    startStep(init, state, []),
    ...followers.map((node) => startStep(node, state, [`start:${init.name}`])),
    ...readySteps(
      state,
      deps,
      outcome,
      init,
      joining,
      started([...followers, ...registries, ...(publisher === undefined ? [] : [publisher])]),
    ),
    ...kubeconfigSteps(state, deps, outcome),
  ];
  return [...steps, finishedStep(init, steps, deps)];
}

/** Last of all: from here on the cluster is no half-made one. */
function finishedStep(init: PlannedNode, steps: readonly Step[], { runtime }: ClusterDeps): Step {
  return {
    id: "finished",
    title: "Mark the cluster as complete",
    needs: steps.map(({ id }) => id),
    run: ({ signal }) => markFinished(runtime, init.name, signal),
  };
}

function imageStep(reference: string, { runtime }: ClusterDeps): Step {
  return {
    id: `image:${reference}`,
    title: `Find image ${reference}`,
    run: (context) => ensureImage(runtime, reference, context),
  };
}

function networkSteps(state: CreateState, { runtime }: ClusterDeps): Step[] {
  const { network } = state.plan;
  if (network.action === "host") return [];
  let created: string | undefined;
  return [
    {
      id: "network",
      title: `${network.action === "create" ? "Create" : "Use"} network ${network.name}`,
      async run() {
        const info =
          network.action === "create"
            ? await createPinnedNetwork(runtime, network)
            : await runtime.networks.inspect(network.name);
        if (network.action === "create") created = info.id;
        const [subnet] = info.subnets;
        state.bindNetwork({
          id: info.id,
          ...(subnet === undefined ? {} : { subnet: subnet.subnet }),
          ...(subnet?.gateway === undefined ? {} : { gateway: subnet.gateway }),
        });
      },
      async undo() {
        if (created !== undefined) await unlessMissing(runtime.networks.remove(created));
      },
    },
  ];
}

/** Lets nodes reach a registry that stands on its own. */
function connectStep(registry: string, state: CreateState, { runtime }: ClusterDeps): Step {
  const { network } = state.plan;
  let connected = false;
  return {
    id: `connect:${registry}`,
    title: `Connect registry ${registry}`,
    needs: network.action === "host" ? [] : ["network"],
    async run() {
      if (network.action === "host") return;
      const { networks } = await runtime.containers.inspect(registry);
      if (networks.some(({ name }) => name === network.name)) return;
      await runtime.networks.connect(network.name, registry);
      connected = true;
    },
    async undo() {
      if (connected)
        await unlessMissing(runtime.networks.disconnect(network.name, registry, { force: true }));
    },
  };
}

function volumeStep(volume: PlannedVolume, { runtime }: ClusterDeps): Step {
  let created = false;
  return {
    id: `volume:${volume.name}`,
    title: `Create volume ${volume.name}`,
    async run() {
      await runtime.volumes.create({ name: volume.name, labels: volume.labels });
      created = true;
    },
    async undo() {
      if (created) await unlessMissing(runtime.volumes.remove(volume.name));
    },
  };
}

function directoryStep(path: string, { settings }: ClusterDeps): Step {
  let remove: (() => Promise<void>) | undefined;
  return {
    id: `directory:${path}`,
    title: `Create directory ${path}`,
    async run() {
      remove = await settings.makeDirectory(path);
    },
    undo: async () => remove?.(),
  };
}

/** Servers carry the API's port as label, so they wait for the node that publishes it to have bound it. */
function containerStep(
  node: PlannedNode,
  state: CreateState,
  publisher: PlannedNode | undefined,
): Step {
  const { plan } = state;
  const volumes = new Set(node.spec.mounts.map(({ source }) => source));
  const registry = plan.nodes.find(
    ({ role, spec }) =>
      role === "registry" && spec.ports.some(({ hostPort }) => hostPort === undefined),
  );
  const needsRegistry = registry !== undefined && (node.role === "server" || node.role === "agent");
  const needsPort =
    node.role === "server" &&
    publisher !== undefined &&
    publisher !== node &&
    plan.api.port === undefined;
  return {
    id: `container:${node.name}`,
    title: `Create ${node.role} ${node.name}`,
    needs: [
      `image:${node.spec.image}`,
      ...(plan.network.action === "host" ? [] : ["network"]),
      ...plan.volumes
        .filter(({ name, action }) => action === "create" && volumes.has(name))
        .map(({ name }) => `volume:${name}`),
      ...plan.directories.filter((path) => volumes.has(path)).map((path) => `directory:${path}`),
      ...(needsPort ? [`start:${publisher.name}`] : []),
      ...(needsRegistry ? [`start:${registry.name}`] : []),
    ],
    run: () => state.create(node),
    undo: () => state.remove(node),
  };
}

function startStep(node: PlannedNode, state: CreateState, needs: string[]): Step {
  return {
    id: `start:${node.name}`,
    title: `Start ${node.role} ${node.name}`,
    needs: [`container:${node.name}`, ...needs],
    run: () => state.start(node),
  };
}

function readySteps(
  state: CreateState,
  deps: ClusterDeps,
  outcome: CreateOutcome,
  init: PlannedNode,
  joining: readonly PlannedNode[],
  startsNeeded: string[],
): Step[] {
  const { plan } = state;
  const ms = plan.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  // One limit for all that is waited for, from the first of it on.
  let since: number | undefined;
  const limited = <T>(
    what: string,
    signal: AbortSignal,
    work: (inner: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    since ??= deps.clock.now();
    const spentMs = deps.clock.now() - since;
    return withTimeout(
      { what, ms, spentMs, runtime: deps.runtime, server: init.name },
      signal,
      work,
    );
  };
  const target = () => {
    const url = apiUrl(plan.api.host, state.apiPort ?? 0);
    outcome.url = url;
    const { hostIp } = plan.api;
    return { cluster: plan.cluster, server: init.name, url, hostIp, tolerance: STRICT };
  };
  let client: KubeClient | undefined;
  const steps: Step[] = [];
  if (plan.wait || joining.length > 0) {
    steps.push({
      id: "ready:api",
      title: "Wait for the Kubernetes API",
      needs: [
        `start:${init.name}`,
        ...startsNeeded.filter((id) => id === `start:${plan.api.publishedBy}`),
      ],
      async run({ signal, progress }) {
        client = await limited(`The API of cluster '${plan.cluster}'`, signal, (inner) =>
          waitForApi(deps, target(), inner, progress),
        );
        outcome.entries = client.entries;
      },
    });
  } else {
    steps.push({
      id: "ready:api",
      title: "Wait for the kubeconfig",
      needs: [`start:${init.name}`],
      async run({ signal }) {
        outcome.entries = await limited(
          `The kubeconfig of cluster '${plan.cluster}'`,
          signal,
          (inner) => waitForKubeconfig(deps, target(), inner),
        );
      },
    });
  }
  steps.push(...joining.map((node) => startStep(node, state, ["ready:api"])));
  if (plan.wait) {
    const expected = plan.nodes.flatMap((node): ExpectedNode[] =>
      node.kubernetesNode === undefined
        ? []
        : [
            {
              container: node.name,
              kubernetesNode: node.kubernetesNode,
              tolerance: node === init ? STRICT : JOINING,
            },
          ],
    );
    steps.push({
      id: "ready:nodes",
      title: "Wait for the nodes to register",
      needs: ["ready:api", ...joining.map(({ name }) => `start:${name}`), ...startsNeeded],
      async run({ signal, progress }) {
        const api = client;
        if (api === undefined) throw new K3dError("INTERNAL", "The API client is missing");
        await limited(`Cluster '${plan.cluster}'`, signal, (inner) =>
          waitForNodes(deps, api, expected, inner, progress),
        );
      },
    });
  }
  return steps;
}

function kubeconfigSteps(
  state: CreateState,
  { kubeconfigStore }: ClusterDeps,
  outcome: CreateOutcome,
): Step[] {
  const { plan } = state;
  if (!plan.kubeconfig.update) return [];
  const path = kubeconfigStore.defaultPath;
  let before: string | undefined;
  return [
    {
      id: "kubeconfig",
      title: `Add the cluster to ${path}`,
      needs: [plan.wait ? "ready:nodes" : "ready:api"],
      async run({ signal }) {
        const { entries } = outcome;
        if (entries === undefined) throw new K3dError("INTERNAL", "The kubeconfig is missing");
        await kubeconfigStore.update(
          path,
          (document) => {
            before = document.currentContext;
            document.put(entries);
            if (plan.kubeconfig.switchContext) document.switchTo(entries.contextName);
            return true;
          },
          { signal },
        );
        outcome.kubeconfigWritten = true;
      },
      async undo({ signal }) {
        const { entries, kubeconfigWritten } = outcome;
        if (entries === undefined || kubeconfigWritten !== true) return;
        await kubeconfigStore.update(
          path,
          (document) => {
            document.remove(entries.contextName, entries.userName);
            if (before === undefined || document.names("contexts").includes(before))
              document.currentContext = before;
            return true;
          },
          { signal },
        );
      },
    },
  ];
}
