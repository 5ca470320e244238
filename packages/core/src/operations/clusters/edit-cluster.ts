import { K3dError } from "../../errors/index.js";
import { unreachableMachines } from "../../machines/machine.js";
import { nextNames, withoutNodes } from "../../plan/add-nodes.js";
import type { DesiredCluster, DesiredNode } from "../../plan/desired.js";
import { withAliases } from "../../plan/edit-aliases.js";
import { withPorts } from "../../plan/edit-ports.js";
import { withNodeValues } from "../../plan/edit-nodes.js";
import { reconcile } from "../../plan/reconcile.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { Collaborators } from "../../steps/world.js";
import type { ClusterApplyResult, ClusterEdit } from "../contracts.js";
import { grow } from "../nodes/create-nodes.js";
import type { WaitOptions } from "../options.js";
import { oneAtATime } from "../turns/one-at-a-time.js";
import { carryOutChanges } from "./carry-out.js";
import { registryEdits } from "./edit-registries.js";
import { requireQuorum } from "./etcd-quorum.js";
import { currentOf, observeNamed, requireServer, viewAfter, viewNamed } from "./observe-current.js";
import { checkBeforeChange } from "./preflight.js";
import { settleReplacements, withoutReplaced } from "./settle-replacements.js";

/** @throws `RUNTIME_UNAVAILABLE` when a machine does not answer: half of a cluster cannot be changed. */
function requireMachines(name: string, runtime: ContainerRuntime): void {
  const [lost] = unreachableMachines(runtime);
  if (lost === undefined) return;
  throw new K3dError(
    "RUNTIME_UNAVAILABLE",
    `Cluster '${name}' cannot be edited: machine ${lost.name} cannot be reached`,
    { hint: "Nothing was changed. Try again when it is back." },
  );
}

export async function editCluster(
  name: string,
  edit: ClusterEdit,
  deps: Collaborators,
  options: WaitOptions & { dryRun?: boolean },
): Promise<ClusterApplyResult> {
  const change = (): Promise<ClusterApplyResult> => changeCluster(name, edit, deps, options);
  if (options.dryRun === true) return change();
  return oneAtATime(await viewNamed(name, deps, options), deps, options, change);
}

async function changeCluster(
  name: string,
  edit: ClusterEdit,
  deps: Collaborators,
  options: WaitOptions & { dryRun?: boolean },
): Promise<ClusterApplyResult> {
  const call = { signal: options.signal };
  const found = await observeNamed(name, deps, call);
  requireServer(found);
  requireMachines(found.name, deps.runtime);
  requireQuorum(found);
  const observed =
    options.dryRun === true ? withoutReplaced(found) : await settleReplacements(found, deps, call);
  const stopped = observed.nodes.find(
    ({ role, status }) => role !== "registry" && status !== "running",
  );
  if (stopped !== undefined) {
    throw new K3dError(
      "INVALID_INPUT",
      `Cluster '${observed.name}' cannot be edited: ${stopped.name} is ${stopped.status}`,
      {
        hint: `Start the cluster first with: k3d cluster start ${observed.name}`,
      },
    );
  }
  let desired = await currentOf(observed, deps, call);
  for (const role of ["server", "agent"] as const) {
    const wanted = role === "server" ? edit.servers : edit.agents;
    if (wanted === undefined) continue;
    const present = desired.nodes.filter((node) => node.role === role);
    const missing = wanted - present.length;
    if (missing > 0) {
      const names = nextNames(desired.name, role, desired.nodes, missing);
      desired = await grow(desired, observed, { role, names }, deps, call);
    } else if (missing < 0) {
      if (wanted === 0 && role === "server")
        throw new K3dError("INVALID_INPUT", "A cluster needs a server", {
          hint: `Delete the whole cluster with: k3d cluster delete ${observed.name}`,
        });
      desired = await withoutNodes(desired, lastOf(present, -missing));
    }
  }
  desired = withNodeValues(desired, edit);
  desired = withAliases(desired, edit.hostAliases ?? []);
  desired = await withPorts(desired, edit.portAdd ?? [], edit.portDelete ?? []);
  const registries = await registryEdits(edit.registries ?? [], observed, deps, call);
  const connections = registries.map(({ change }) => change);
  if (options.dryRun === true) {
    const changes = reconcile(desired, observed);
    await checkBeforeChange(desired, changes, deps, call);
    return { cluster: observed.view, created: false, changes: [...changes, ...connections] };
  }
  const done = await carryOutChanges(await settlePorts(desired, deps), observed, deps, options);
  for (const { carryOut } of registries) await carryOut();
  const changes = [...done, ...connections];
  const cluster = await viewAfter(observed, deps, call);
  return { cluster, created: false, changes };
}

/** Those that count highest go first; the initialising server last. */
function lastOf(nodes: readonly DesiredNode[], count: number): ReadonlySet<string> {
  const order = nodes.toSorted(
    (a, b) => Number(a.initServer) - Number(b.initServer) || b.index - a.index,
  );
  return new Set(order.slice(0, count).map(({ name }) => name));
}

/** Chooses the host ports that were left open, so that they stay the same at every start. */
export async function settlePorts(
  desired: DesiredCluster,
  { ports }: Pick<Collaborators, "ports">,
): Promise<DesiredCluster> {
  const taken = new Set<number>();
  const settled = async (node: DesiredNode): Promise<DesiredNode> => {
    const bindings = [];
    for (const port of node.spec.ports) {
      const hostPort = port.hostPort ?? (await ports.pick(port.hostIp, taken));
      taken.add(hostPort);
      bindings.push({ ...port, hostPort });
    }
    return { ...node, spec: { ...node.spec, ports: bindings } };
  };
  const nodes: DesiredNode[] = [];
  for (const node of desired.nodes) nodes.push(await settled(node));
  return { ...desired, nodes };
}
