import { K3dError } from "../../errors/index.js";
import { LB_VALUES_PATH } from "../../loadbalancer/values.js";
import { LABELS } from "../../model/labels.js";
import type { Change } from "../../plan/change.js";
import { namesText } from "../../plan/describe.js";
import { runsK3s } from "../../model/roles.js";
import { creatorOf, neverMade } from "../../node/creation.js";
import { ENTRYPOINT_PATH } from "../../node/k3s-command.js";
import { observeCluster } from "../../observe/cluster.js";
import { creationOf } from "../../observe/creation.js";
import { withUnreachable } from "../../observe/unreachable.js";
import type { NodeView } from "../../node/views.js";
import type { ObservedCluster, ObservedNode } from "../../plan/observed.js";
import { readContainerFile } from "../../runtime/read-file.js";
import { runSteps } from "../../steps/graph.js";
import { markUsed } from "../../steps/mark-created.js";
import { removeContainerStep } from "../../steps/remove.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";

/** A cluster whose creation broke off. */
export interface Unfinished {
  /** Its first server's container. */
  server: string;
  /** Names of the containers that its creation was to make. */
  nodes: readonly string[];
  /** Those of them that are there but lack their files: they cannot run. */
  bare: ReadonlySet<string>;
}

/**
 * What a creation that broke off left; `undefined` for clusters that are whole, or of another tool.
 *
 * @throws `LOCKED` while it is being created, `CONTAINER_FAILED` when not even its first server ever ran: then there is nothing to go on with.
 */
export async function unfinishedOf(
  { name, nodes }: ObservedCluster,
  { runtime, settings }: Pick<Collaborators, "runtime" | "settings">,
  { signal }: OperationOptions,
): Promise<Unfinished | undefined> {
  const init = nodes.find(
    ({ initServer, labels }) => initServer && labels[LABELS.clusterId] !== undefined,
  );
  // A creation whose hook this is ends after it, by its own rules.
  if (init === undefined || settings.hookOf === name) return undefined;
  const creation = await creationOf(runtime, init.id, { signal });
  const isOver =
    creation?.state === "finished" || (creation === undefined && init.status !== "created");
  if (isOver) return undefined;
  const creator = creatorOf(init.labels[LABELS.clusterId]);
  const goesOn =
    creation?.state === "kept" || creator === undefined
      ? false
      : await settings.process?.isRunning(creator, init.created);
  if (goesOn === true) {
    throw new K3dError("LOCKED", `Cluster '${name}' is being created by another command`, {
      hint: "Wait until it is done.",
    });
  }
  if (init.status === "created") {
    throw new K3dError(
      "CONTAINER_FAILED",
      `Cluster '${name}' was never finished: its creation broke off before its first server ran`,
      {
        hint: `Delete what there is of it with: k3d cluster delete ${name}; then create it again.`,
      },
    );
  }
  // Of a process on another machine nobody can tell: what it has just made is left alone.
  const mayBeBare = goesOn === undefined ? [] : nodes;
  const looked = await Promise.all(
    mayBeBare.map(async (node) =>
      (await isBare(node, { runtime, settings }, { signal })) ? [node] : [],
    ),
  );
  const bare = looked.flat();
  return {
    server: init.id,
    nodes: creation?.nodes ?? [],
    bare: new Set(bare.map((node) => node.name)),
  };
}

/** Whether its creator ended between making the container and placing its files. */
async function isBare(
  { id, role, status, labels, created }: ObservedNode,
  { runtime, settings }: Pick<Collaborators, "runtime" | "settings">,
  options: OperationOptions,
): Promise<boolean> {
  if (status !== "created" || role === "registry") return false;
  const maker = creatorOf(labels[LABELS.operation]);
  if (maker !== undefined && (await settings.process?.isRunning(maker, created)) !== false)
    return false;
  const path = runsK3s({ role }) ? ENTRYPOINT_PATH : LB_VALUES_PATH;
  return (await readContainerFile(runtime, id, path, options)) === undefined;
}

/** Tells what is not there of it. */
export function warnOfMissing(
  cluster: string,
  unfinished: Unfinished,
  present: readonly NodeView[],
  { events, runtime }: Pick<Collaborators, "events" | "runtime">,
): void {
  const all = withUnreachable(present, runtime);
  const missing = unfinished.nodes.filter(
    (name) => unfinished.bare.has(name) || !all.some((node) => node.name === name),
  );
  if (missing.length === 0) return;
  events.emit({
    type: "warning",
    message: `The creation of cluster '${cluster}' broke off before it had made ${namesText(missing)}`,
    hint: `Create it again: k3d cluster delete ${cluster}, then k3d cluster create; or add what is missing with k3d cluster apply.`,
  });
}

/** Removes the containers that cannot run and hold nothing. @returns the cluster without them. */
export async function withoutBare(
  observed: ObservedCluster,
  unfinished: Unfinished | undefined,
  deps: Collaborators,
  { signal }: OperationOptions,
): Promise<ObservedCluster> {
  const bare = observed.nodes.filter(({ name }) => unfinished?.bare.has(name));
  if (bare.length === 0) return observed;
  const steps = bare.map((node) =>
    removeContainerStep(node, { runtime: deps.runtime, collaborators: deps }),
  );
  await runSteps(steps, { ...deps, signal, rollback: false });
  return (await observeCluster(deps.runtime, observed.name, { signal })) ?? observed;
}

/** Notes that it is used: as whole where all is there and ran, and as it is otherwise. */
export async function markAsUsed(
  { server, nodes }: Unfinished,
  present: readonly NodeView[],
  { runtime }: Pick<Collaborators, "runtime">,
  { signal }: OperationOptions,
): Promise<void> {
  const state =
    neverMade({ nodes }, withUnreachable(present, runtime)).length === 0 ? "finished" : "kept";
  await markUsed(runtime, server, state, nodes, { signal });
}

/** Notes that it is what its config says, however its creation was to be. */
export async function markAsWhole(
  { server }: Unfinished,
  { runtime }: Pick<Collaborators, "runtime">,
  { signal }: OperationOptions,
): Promise<void> {
  await markUsed(runtime, server, "finished", [], { signal });
}

/** Notes of a cluster whose creation broke off what was made and removed of it since. */
export async function noteChanges(
  { nodes }: ObservedCluster,
  changes: readonly Change[],
  { runtime }: Pick<Collaborators, "runtime">,
  { signal }: OperationOptions,
): Promise<void> {
  const init = nodes.find(({ initServer }) => initServer);
  const decided = new Set(
    changes
      .filter(({ action }) => action === "create" || action === "remove")
      .map(({ name }) => name),
  );
  if (init === undefined || decided.size === 0 || init.labels[LABELS.clusterId] === undefined)
    return;
  const creation = await creationOf(runtime, init.id, { signal }).catch(() => undefined);
  if (creation?.state !== "kept") return;
  const left = creation.nodes.filter((name) => !decided.has(name));
  await markAsUsed(
    { server: init.id, nodes: left, bare: new Set() },
    nodes,
    { runtime },
    { signal },
  );
}
