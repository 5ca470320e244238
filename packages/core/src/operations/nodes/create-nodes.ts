import { K3dError } from "../../errors/index.js";
import { entrypointFile } from "../../node/entrypoint.js";
import type { NodeView } from "../../node/views.js";
import { anyServer, firstServer } from "../../node/find.js";
import { readHooks } from "../../observe/kept-hooks.js";
import { refuseObstacles } from "../../observe/obstacles.js";
import { readRegistryFiles } from "../../observe/registry-files.js";
import { listNodes } from "../../observe/nodes.js";
import { type AddedNodes, addedNames, withNodes } from "../../plan/add-nodes.js";
import { clusterContext } from "../../plan/cluster-context.js";
import type { DesiredCluster } from "../../plan/desired.js";
import type { ObservedCluster } from "../../plan/observed.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ContainerFile } from "../../runtime/container-file.js";
import { readContainerFile } from "../../runtime/read-file.js";
import type { Collaborators } from "../../steps/world.js";
import { carryOutChanges } from "../clusters/carry-out.js";
import { oneAtATime } from "../turns/one-at-a-time.js";
import { observeSettled } from "../clusters/settle-replacements.js";
import { currentOf, requireServer, viewNamed } from "../clusters/observe-current.js";
import type { NodeCreateRequest } from "../contracts.js";
import type { WaitOptions } from "../options.js";
import { readBack } from "../read-back.js";
import { joinRemoteCluster } from "./join-remote.js";

/** Adds nodes to a cluster on this runtime, or to one elsewhere that is named by its URL. */
export async function createNodes(
  request: NodeCreateRequest,
  deps: Collaborators,
  options: WaitOptions,
): Promise<NodeView[]> {
  const names = addedNames(request.name, request.replicas ?? 1);
  const call = { signal: options.signal };
  await refuseTaken(names, deps, call);
  if (request.cluster.startsWith("https://"))
    await joinRemoteCluster(request, names, deps, options);
  else {
    const cluster = await viewNamed(request.cluster, deps, call);
    await oneAtATime(cluster, deps, options, () => join(request, names, deps, options));
  }
  const wanted = new Set(names);
  return readBack(
    async () => (await listNodes(deps.runtime, call)).filter(({ name }) => wanted.has(name)),
    [],
    deps.events,
  );
}

async function join(
  request: NodeCreateRequest,
  names: readonly string[],
  deps: Collaborators,
  options: WaitOptions,
): Promise<void> {
  const call = { signal: options.signal };
  const observed = await observeSettled(request.cluster, deps, call);
  requireServer(observed);
  const server = anyServer(observed.nodes);
  if (server?.status !== "running") {
    throw new K3dError(
      "CONTAINER_FAILED",
      `Cluster '${observed.name}' does not run: no server can let a node join`,
      {
        hint: `Start it with: k3d cluster start ${observed.name}`,
      },
    );
  }
  const desired = await currentOf(observed, deps, call);
  const grown = await grow(desired, observed, { ...request, names }, deps, call);
  await carryOutChanges(grown, observed, deps, options);
}

/** The cluster with these nodes. */
export async function grow(
  desired: DesiredCluster,
  observed: ObservedCluster,
  added: AddedNodes,
  { runtime, settings }: Collaborators,
  options: CallOptions,
): Promise<DesiredCluster> {
  const info = await runtime.info(options);
  // Addresses and names of nodes on a machine that cannot be reached are not known to be free.
  refuseObstacles(info);
  const { rootless } = info;
  const hooks = await readHooks(runtime, firstServer(observed.nodes), options);
  const { version } = settings;
  const context = clusterContext(observed, desired, { version, rootless, hooks });
  const files = [
    entrypointFile(settings.fixes),
    ...(await sharedFiles(observed, runtime, options)),
  ];
  return withNodes(desired, observed, added, context, files);
}

/** Authorities of proxies, which k3d gives to all nodes. */
const SHARED = /^\/etc\/ssl\/certs\/k3d-/;

/** What all k3s nodes of a cluster have in common, as a server has it: registries, and authorities to trust. */
async function sharedFiles(
  { nodes }: ObservedCluster,
  runtime: Collaborators["runtime"],
  options: CallOptions,
): Promise<ContainerFile[]> {
  const server = anyServer(nodes);
  if (server === undefined) return [];
  const paths = Object.keys(server.files ?? {}).filter((path) => SHARED.test(path));
  const [registries, ...others] = await Promise.all([
    readRegistryFiles(runtime, server, options),
    ...paths.map(async (path): Promise<ContainerFile[]> => {
      const content = await readContainerFile(runtime, server.id, path, options);
      return content === undefined ? [] : [{ path, content, mode: 0o644 }];
    }),
  ]);
  return [...registries, ...others.flat()];
}

async function refuseTaken(
  names: readonly string[],
  { runtime }: Collaborators,
  options: CallOptions,
): Promise<void> {
  const taken = (await listNodes(runtime, options)).find(({ name }) => names.includes(name));
  if (taken === undefined) return;
  const of = taken.cluster === undefined ? "" : ` in cluster '${taken.cluster}'`;
  throw new K3dError("ALREADY_EXISTS", `Node '${taken.name}' exists already${of}`, {
    hint: "Choose another name, or delete that node first with: k3d node delete",
  });
}
