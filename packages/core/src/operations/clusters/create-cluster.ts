import type { ResolvedConfig } from "../../config/resolved-config.js";
import { K3dError, isK3dError, together, whileChecking } from "../../errors/index.js";
import { kubeContextName } from "../../model/names.js";
import type { ClusterView } from "../../node/views.js";
import { observeMembers } from "../../observe/members.js";
import type { DesiredCluster } from "../../plan/desired.js";
import { createClusterSteps } from "../../steps/create-cluster.js";
import { runSteps } from "../../steps/graph.js";
import { markUsed } from "../../steps/mark-created.js";
import type { ApiOutcome } from "../../steps/ready.js";
import type { RestoredData } from "../../steps/restored.js";
import { CHOSEN_PORT } from "../../steps/start.js";
import { type Collaborators, World } from "../../steps/world.js";
import type { ClusterCreateResult } from "../create-result.js";
import type { OperationOptions } from "../options.js";
import { readBack } from "../read-back.js";
import { viewNamed } from "./observe-current.js";
import { runBeforeCreate, withAfterCreate } from "../lifecycle/index.js";
import { newOperationId } from "./operation-id.js";
import { type PlannedWork, planCluster } from "./plan-cluster.js";
import { checkBeforeCreate, checkHostPorts } from "./preflight.js";

/** How often a cluster is begun anew because a port that was k3d's to choose turned out taken. */
const ATTEMPTS = 5;

/** @param options.restored what the cluster begins with; nothing by default. */
export async function createCluster(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions & { restored?: RestoredData },
): Promise<ClusterCreateResult> {
  const plan = (): Promise<PlannedWork> =>
    planCreation(config, deps, { ...options, settlePorts: true });
  let work = await plan();
  // What hooks made ready, a directory to mount say, is to be seen.
  if ((await runBeforeCreate(config, deps, options)) > 0) work = await plan();
  for (const message of work.warnings) deps.events.emit({ type: "warning", message });
  for (let attempt = 1; ; attempt++) {
    try {
      return await carryOut(work, config, deps, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isChosenPort(error)) throw error;
      work = await planCluster(config, deps, { ...options, settlePorts: true });
    }
  }
}

/** What creating the cluster would do, after a look whether it can be done here: for the creation and its dry run. */
export async function planCreation(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions & { settlePorts?: boolean },
): Promise<PlannedWork> {
  const work = await whileChecking(
    (signal) => checkCreation(config, deps, { ...options, signal }),
    (signal) => planCluster(config, deps, { ...options, signal }),
    options.signal,
  );
  await checkHostPorts(work.desired, allNodes(work.desired), deps, options);
  return work;
}

/** Whether there is a cluster of the name, or something else that keeps it from being made. */
async function checkCreation(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions,
): Promise<void> {
  const { name } = config.metadata;
  const [observed] = await together(
    [
      (signal) => observeMembers(deps.runtime, name, { signal }),
      (signal) => checkBeforeCreate(config, deps, { ...options, signal }),
    ],
    options.signal,
  );
  if (observed !== undefined && observed.nodes.some(({ role }) => role !== "registry"))
    throw exists(name);
}

async function carryOut(
  work: PlannedWork,
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions & { restored?: RestoredData },
): Promise<ClusterCreateResult> {
  const { desired, changes, run } = work;
  const world = new World(deps, newOperationId(deps.settings), desired, undefined, work.settle);
  const outcome: ApiOutcome = {};
  const { openPorts } = work;
  const steps = createClusterSteps(changes, world, run, outcome, openPorts, options.restored);
  await runSteps(await withAfterCreate(steps, config, deps), {
    ...deps,
    ...options,
    removeWith: `k3d cluster delete ${desired.name}`,
    // Another port can only be tried on a clean slate.
    rollback: (error) => run.rollback || isChosenPort(error),
  }).catch(async (error: unknown) => {
    const init = desired.nodes.find(({ initServer }) => initServer);
    if (!run.rollback && init !== undefined)
      await markUsed(
        deps.runtime,
        init.name,
        "kept",
        desired.nodes.map(({ name }) => name),
      );
    throw error;
  });
  return creationResult(work, world, outcome, options);
}

/** What is told of a cluster that was made. */
export async function creationResult(
  { run, warnings }: PlannedWork,
  { collaborators: deps, desired }: World,
  outcome: ApiOutcome,
  options: OperationOptions,
): Promise<ClusterCreateResult> {
  const path = deps.kubeconfigStore.defaultPath;
  const context = kubeContextName(desired.name);
  return {
    cluster: await readBack(
      () => viewNamed(desired.name, deps, options),
      viewOf(desired),
      deps.events,
    ),
    apiUrl: outcome.url ?? "",
    ...(outcome.written === true
      ? { kubeconfig: { path, context, current: run.kubeconfig.switchContext } }
      : {}),
    warnings,
  };
}

function viewOf(desired: DesiredCluster): ClusterView {
  const count = (role: string): ClusterView["servers"] => {
    const total = desired.nodes.filter((node) => node.role === role).length;
    return { running: total, total };
  };
  const { host, hostIp, port } = desired.api;
  return {
    name: desired.name,
    runtime: desired.runtime,
    servers: count("server"),
    agents: count("agent"),
    hasLoadBalancer: desired.loadBalancer !== undefined,
    network: { name: desired.network.name, external: desired.network.action === "use" },
    ...(port === undefined ? {} : { api: { host, hostIp, port } }),
    nodes: [],
  };
}

function exists(name: string): K3dError {
  return new K3dError("ALREADY_EXISTS", `Cluster '${name}' exists already`, {
    hint: `Choose another name, start it with 'k3d cluster start ${name}', change it with 'k3d cluster apply', or delete it with 'k3d cluster delete ${name}'.`,
  });
}

const allNodes = ({ nodes }: DesiredCluster): ReadonlySet<string> =>
  new Set(nodes.map(({ name }) => name));

function isChosenPort(error: unknown): boolean {
  return isK3dError(error, "PORT_IN_USE") && error.details?.[CHOSEN_PORT] === true;
}
