import { K3dError } from "../errors/index.js";
import { runsK3s } from "../model/roles.js";
import type { Change } from "../plan/change.js";
import type { DesiredNode } from "../plan/desired.js";
import type { RunOptions } from "../plan/run-options.js";
import { connectRegistryStep } from "./connect.js";
import { containerStep } from "./container.js";
import { directoryStep } from "./directory.js";
import type { Step } from "./graph.js";
import { imageStep } from "./image.js";
import { addToKubeconfigStep } from "./kubeconfig.js";
import { markFinished } from "./mark-created.js";
import { NETWORK_STEP, networkStep } from "./network.js";
import { API_STEP, type ApiOutcome, ReadySteps } from "./ready.js";
import {
  type RestoredData,
  SETTLED_STEP,
  placeDataStep,
  settleStep,
  tidyStep,
} from "./restored.js";
import { startStep } from "./start.js";
import { volumeStep } from "./volume.js";
import type { World } from "./world.js";

/**
 * The graph of a new cluster: images, network and volumes → first server → the
 * other containers beside its boot → agents when it lets them in, further servers
 * one after the other → ready → kubeconfig.
 *
 * @param openPorts names of the containers whose host ports k3d chose.
 * @param restored what its nodes begin with.
 */
export function createClusterSteps(
  changes: readonly Change[],
  world: World,
  run: RunOptions,
  outcome: ApiOutcome,
  openPorts: ReadonlySet<string>,
  restored?: RestoredData,
): Step[] {
  const { desired } = world;
  const init = desired.nodes.find(({ initServer }) => initServer);
  if (init === undefined)
    throw new K3dError("INTERNAL", `Cluster '${desired.name}' has no first server`);
  const objects = objectSteps(changes, world);
  const containers = desired.nodes.map((node) =>
    containerStep(node.name, world, containerNeeds(node, world, init), {
      begins: desired.nodes.map(({ name }) => name),
    }),
  );
  const connections = desired.registries.use
    .filter(() => desired.network.action !== "host")
    .map(({ name }) => connectRegistryStep(name, world, [NETWORK_STEP, `start:${init.name}`]));
  const begins = restored !== undefined;
  const placed = begins
    ? desired.nodes.filter(runsK3s).map(({ name }) => placeDataStep(name, world, restored))
    : [];
  const start = (node: DesiredNode, needs: readonly string[]): Step => {
    const own = begins && runsK3s(node) ? `data:${node.name}` : `container:${node.name}`;
    return startStep(node, world, [own, ...needs], {
      chosen: openPorts.has(node.name),
      look: !run.wait || !runsK3s(node),
    });
  };
  const helpers = desired.nodes.filter((node) => !runsK3s(node));
  const agents = desired.nodes.filter(({ role }) => role === "agent");
  const joining = desired.nodes.filter(({ role, initServer }) => role === "server" && !initServer);
  const ready = new ReadySteps(world, init.name, outcome, run.timeoutMs);
  const joinable = run.wait && !begins && agents.length > 0 ? [ready.joinable(init)] : [];
  const agentNeeds = begins ? [SETTLED_STEP] : ids(joinable);
  const started = [
    ...helpers.map((node) => start(node, [])),
    start(init, []),
    ...agents.map((node) => start(node, agentNeeds)),
  ];
  const apiNeeds = [`start:${init.name}`, ...publisherStart(world, init)];
  const waits = run.wait || joining.length > 0 || begins;
  const steps = [
    ...objects,
    ...containers,
    ...placed,
    ...connections,
    ...started,
    waits ? ready.api(apiNeeds) : ready.kubeconfig(apiNeeds),
    ...joinable,
    ...(begins ? [settleStep(world, restored, outcome, [API_STEP])] : []),
    ...joinSteps(joining, ready, start, begins ? SETTLED_STEP : API_STEP, run.wait),
  ];
  if (run.wait) {
    const k3s = desired.nodes.filter(runsK3s);
    if (begins) steps.push(ready.back("ready:back", "Wait for the nodes to join", k3s, ids(steps)));
    const needs = ids(steps);
    steps.push(ready.nodes("ready:nodes", "Wait for the nodes", k3s, run.waitFor, needs));
  }
  if (begins && run.wait)
    steps.push(tidyStep(desired.nodes.filter(runsK3s), world, restored, ["ready:nodes"]));
  if (run.kubeconfig.update) {
    const needs = [run.wait ? "ready:nodes" : API_STEP];
    steps.push(
      addToKubeconfigStep(world.collaborators, outcome, run.kubeconfig.switchContext, needs),
    );
  }
  return [...steps, finishedStep(init.name, steps, world)];
}

const ids = (steps: readonly Step[]): string[] => steps.map(({ id }) => id);

/** Images, network, volumes and directories; of two commands that make one cluster, the network lets one through. */
function objectSteps(changes: readonly Change[], world: World): Step[] {
  const { desired } = world;
  const images = changes
    .filter(({ kind }) => kind === "image")
    .map(({ name }) => imageStep(name, world));
  // Nothing is made for an image that cannot be had.
  const pulled = images.map(({ id }) => id);
  const network =
    desired.network.action === "host"
      ? []
      : [networkStep(world, desired.network.action === "create", pulled)];
  const volumes = desired.volumes
    .filter(({ action }) => action === "create")
    .map((volume) => volumeStep(volume, world));
  const needs = desired.network.action === "create" ? [NETWORK_STEP] : pulled;
  const later = (step: Step): Step => ({ ...step, needs });
  return [
    ...images,
    ...network,
    ...volumes.map(later),
    ...desired.directories.map((path) => later(directoryStep(path, world))),
  ];
}

/**
 * All wait for the boot of the first server, so nothing is made beside it before that has begun. Without a network of its
 * own, the cluster's name is claimed by its first server.
 */
function containerNeeds(node: DesiredNode, { desired }: World, init: DesiredNode): string[] {
  const sources = new Set(node.spec.mounts.map(({ source }) => source));
  return [
    `image:${node.spec.image}`,
    ...(desired.network.action === "host" ? [] : [NETWORK_STEP]),
    ...desired.volumes
      .filter(({ name, action }) => action === "create" && sources.has(name))
      .map(({ name }) => `volume:${name}`),
    ...desired.directories.filter((path) => sources.has(path)).map((path) => `directory:${path}`),
    ...(node === init ? [] : [`start:${init.name}`]),
  ];
}

function publisherStart({ desired }: World, init: DesiredNode): string[] {
  const { publishedBy } = desired.api;
  return publishedBy === undefined || publishedBy === init.name ? [] : [`start:${publishedBy}`];
}

/**
 * A member joins etcd as a learner, and etcd takes one learner at a time: a
 * second one dies and is started again. So each waits for the one before. The last is
 * waited for here only if it has no node that tells later.
 */
function joinSteps(
  joining: readonly DesiredNode[],
  ready: ReadySteps,
  start: (node: DesiredNode, needs: readonly string[]) => Step,
  first: string,
  wait: boolean,
): Step[] {
  let before = first;
  return joining.flatMap((node, position) => {
    const started = start(node, [before]);
    const isLast = position === joining.length - 1;
    if (isLast && !(wait && node.kubernetesNode === undefined)) return [started];
    const vote = ready.vote(node, [started.id]);
    before = vote.id;
    return [started, vote];
  });
}

/** Id of the step that all others of a creation come before. */
export const FINISHED_STEP = "finished";

/** Last of all: from here on the cluster is no half-made one. */
function finishedStep(init: string, steps: readonly Step[], { runtime }: World): Step {
  return {
    id: FINISHED_STEP,
    title: "Mark the cluster as complete",
    needs: steps.map(({ id }) => id),
    run: ({ signal }) => markFinished(runtime, init, signal),
  };
}
