import { isK3dError, throwIfAborted } from "../../errors/index.js";
import { apiUrl } from "../../kubeconfig/entries.js";
import { LB_VALUES_PATH, type LoadBalancerValues } from "../../loadbalancer/values.js";
import { LABELS, APP } from "../../model/labels.js";
import type { ProcessIdentity } from "../../model/process-identity.js";
import { creatorOf, neverMade } from "../../node/creation.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import { apiAnswers } from "../../observe/api-answers.js";
import { creationOf } from "../../observe/creation.js";
import { withDetails } from "../../observe/details.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { withUnreachable } from "../../observe/unreachable.js";
import { clusterState, type ClusterSigns } from "../../observe/status.js";
import { readContainerFile } from "../../runtime/read-file.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { OperationOptions } from "../options.js";
import type {
  ListedCluster,
  ListingOperations,
  ListingOptions,
  OnEveryRuntime,
  UsedCluster,
} from "./operations.js";

export interface ListingDeps {
  runtime: ContainerRuntime;
  onEveryRuntime: OnEveryRuntime;
  /** The same on the machines of clusters over several, of this runtime alone. Default: there are none. */
  onMachines?: OnEveryRuntime;
  /** This process, to tell a creation that goes on from one that broke off. */
  process?: ProcessIdentity | undefined;
  /** Creations that are known to be over. Default: each first server is asked each time. */
  finished?: FinishedCreations | undefined;
  /** Milliseconds for a file of a container, which an engine that holds it busy never gives. Default 10 000. */
  fileMs?: number;
  /** Whether an API answers at a URL. Default: by a TLS handshake. */
  answers?: (
    url: string,
    signal?: AbortSignal,
    runtime?: Pick<ContainerRuntime, "dial">,
  ) => Promise<boolean>;
}

/**
 * Creations of clusters that are known to be over: the cluster's id, a space, and that of its first
 * server. What is over once stays so: a list need not ask the engine for a file of each cluster every time.
 */
export interface FinishedCreations {
  has(creation: string): boolean;
  add(creation: string): void;
}

/** Lists with the state of each cluster, over one runtime or over all. */
export class ListingService implements ListingOperations {
  constructor(private readonly deps: ListingDeps) {}

  async clusters(options: ListingOptions = {}): Promise<ListedCluster[]> {
    const found = await this.each(options, (runtime) => this.clustersOn(runtime, options));
    throwIfAborted(options.signal);
    return onceByNodes(found);
  }

  async nodes({ details = false, ...options }: ListingOptions = {}) {
    const found = await this.each(options, async (runtime) => {
      const nodes = withUnreachable(await listNodes(runtime, call(options)), runtime);
      return details ? withDetails(runtime, nodes, call(options)) : nodes;
    });
    const seen = new Set<string>();
    return found.filter((node) => !seen.has(identity(node)) && seen.add(identity(node)));
  }

  async usage({ signal }: OperationOptions = {}): Promise<UsedCluster[]> {
    const { runtime } = this.deps;
    const { withUsage } = await import("./usage.js");
    return withUsage(runtime, await this.clustersOn(runtime, { signal }), { signal });
  }

  async volumeSizes({ signal }: OperationOptions = {}) {
    return (await this.deps.runtime.housekeeping?.usage({ signal }))?.volumes;
  }

  private async each<T>(
    { everywhere = false }: ListingOptions,
    work: (runtime: ContainerRuntime) => Promise<T[]>,
  ): Promise<T[]> {
    const { runtime, onEveryRuntime, onMachines } = this.deps;
    if (everywhere) return (await onEveryRuntime(work)).flat();
    // First what is seen whole: the one engine may be one of the machines.
    const over = onMachines === undefined ? [] : await onMachines(work);
    return [...over.flat(), ...(await work(runtime))];
  }

  private async clustersOn(
    runtime: ContainerRuntime,
    { details = false, ...options }: ListingOptions,
  ): Promise<ListedCluster[]> {
    const nodes = withUnreachable(await listNodes(runtime, call(options)), runtime);
    const views = clusterViews(nodes);
    return Promise.all(
      views.map(async (view) => {
        const [signs, members, more] = await Promise.all([
          this.signsOf(runtime, view, call(options)),
          details ? withDetails(runtime, view.nodes, call(options)) : view.nodes,
          details ? partsOf(this.deps, runtime, view, call(options)) : {},
        ]);
        return { ...view, ...more, nodes: members, state: clusterState(view, signs) };
      }),
    );
  }

  private async signsOf(
    runtime: ContainerRuntime,
    view: ClusterView,
    options: OperationOptions,
  ): Promise<ClusterSigns> {
    const servers = view.nodes.filter(({ role }) => role === "server");
    const init = servers.find(({ initServer }) => initServer) ?? servers[0];
    const { answers = apiAnswers } = this.deps;
    const [creation, answered] = await Promise.all([
      this.creationOf(runtime, view, init, options),
      view.api !== undefined && view.nodes.every(isUp)
        ? answers(apiUrl(view.api.host, view.api.port), options.signal, runtime)
        : undefined,
    ]);
    return {
      creation,
      apiAnswers: answered,
    };
  }

  /** Only clusters that tell who made them tell whether that is over. */
  private async creationOf(
    runtime: ContainerRuntime,
    { nodes }: ClusterView,
    init: NodeView | undefined,
    options: OperationOptions,
  ): Promise<ClusterSigns["creation"]> {
    const { process: self, finished } = this.deps;
    const id = nodes.map(({ labels }) => labels[LABELS.clusterId]).find(creatorOf);
    const creator = creatorOf(id);
    if (id === undefined || creator === undefined) return undefined;
    // A restore puts another first server under the same id, and its creation may break off too.
    const creation = `${id} ${init?.id ?? ""}`;
    if (init !== undefined && finished?.has(creation) === true) return undefined;
    const found =
      init === undefined
        ? { state: "begun" as const, nodes: [] }
        : await ifGiven(this.deps, options, (own) => creationOf(runtime, init.id, own));
    if (found?.state === "finished") finished?.add(creation);
    if (found?.state === "kept" && neverMade(found, nodes).length > 0) return "broken-off";
    if (found?.state !== "begun") return undefined;
    // Of a process on another machine nobody can tell.
    return (await self?.isRunning(creator)) === false ? "broken-off" : "going-on";
  }
}

/** What a container gives; nothing of one that is being removed, or held busy: no reason to leave out all others. */
async function ifGiven<T>(
  { fileMs = 10_000 }: Pick<ListingDeps, "fileMs">,
  { signal }: OperationOptions,
  read: (options: OperationOptions) => Promise<T>,
): Promise<T | undefined> {
  const limit = AbortSignal.timeout(fileMs);
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    return await read({ signal: both });
  } catch (error) {
    throwIfAborted(signal);
    if (limit.aborted) return undefined;
    if (!isK3dError(error) || isK3dError(error, "RUNTIME_UNAVAILABLE")) throw error;
    return undefined;
  }
}

const call = ({ signal }: OperationOptions): OperationOptions => ({ signal });

const isUp = ({ role, status }: NodeView): boolean => role === "registry" || status === "running";

/** An id alone is unique only within one engine. */
const identity = ({ id, name, created }: NodeView): string => `${id} ${name} ${created.getTime()}`;

/** Two runtimes may lead to one engine, as `DOCKER_HOST` with Podman's socket does. */
function onceByNodes(clusters: readonly ListedCluster[]): ListedCluster[] {
  const seen = new Set<string>();
  return clusters.filter(({ nodes }) => {
    const isNew = nodes.some((node) => !seen.has(identity(node)));
    for (const node of nodes) seen.add(identity(node));
    return isNew;
  });
}

async function partsOf(
  deps: ListingDeps,
  runtime: ContainerRuntime,
  { name, nodes }: ClusterView,
  options: OperationOptions,
): Promise<Pick<ListedCluster, "loadBalancer" | "volumes">> {
  const labels = { [LABELS.app]: APP, [LABELS.cluster]: name };
  const balancer = nodes.find(({ role }) => role === "loadbalancer");
  const [values, volumes] = await Promise.all([
    balancer && ifGiven(deps, options, (own) => readValues(runtime, balancer.id, own)),
    (await runtime.capabilities).volumes ? runtime.volumes.list({ ...options, labels }) : [],
  ]);
  return {
    loadBalancer: values,
    volumes: volumes.map((volume) => volume.name),
  };
}

/** `undefined` where the file is missing or somebody has written something else into it. */
async function readValues(
  runtime: ContainerRuntime,
  container: string,
  options: OperationOptions,
): Promise<LoadBalancerValues | undefined> {
  const { parse } = await import("yaml");
  try {
    const text = await readContainerFile(runtime, container, LB_VALUES_PATH, options);
    const values = text === undefined ? undefined : (parse(text) as LoadBalancerValues | null);
    return typeof values?.ports === "object" ? values : undefined;
  } catch {
    throwIfAborted(options.signal);
    return undefined;
  }
}
