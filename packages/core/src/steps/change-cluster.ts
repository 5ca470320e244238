import { runsK3s } from "../model/roles.js";
import type { NodeView } from "../node/views.js";
import { anyServer } from "../node/find.js";
import type { Change, ChangeAction } from "../plan/change.js";
import type { DesiredNode } from "../plan/desired.js";
import type { ObservedNode } from "../plan/observed.js";
import type { RunOptions } from "../plan/run-options.js";
import { waitForReturn } from "../readiness/wait-for-return.js";
import { connectRegistryStep, disconnectRegistryStep, reconnectStep } from "./connect.js";
import { containerStep } from "./container.js";
import type { Step } from "./graph.js";
import { imageStep } from "./image.js";
import { drainStep, forgetLostStep, forgetNodeStep } from "./kubernetes-node.js";
import { loadBalancerStep } from "./load-balancer.js";
import { networkStep } from "./network.js";
import { type ApiOutcome, ReadySteps } from "./ready.js";
import { removeContainerStep } from "./remove.js";
import { renameStep } from "./rename.js";
import { replaceSteps } from "./replace.js";
import { requireStarted, startStep, unpauseStep } from "./start.js";
import { volumeStep } from "./volume.js";
import { hostingStep, tellNodeStep } from "./tell-node.js";
import type { World } from "./world.js";

export interface ChangeOptions extends Pick<RunOptions, "wait" | "waitFor" | "timeoutMs"> {
  /** Move the pods of nodes that go elsewhere first. */
  drain?: boolean;
  /** Whether somebody else waits for what is started. Default `wait`. */
  awaited?: boolean;
}

/** Of so many agents at once, one wave is replaced while the others go on. */
const WAVES = 3;

/**
 * The graph that makes a cluster that exists as it shall be. In stages, each of
 * which needs the one before: what nodes stand on → nodes that are down → the API
 * answers → new nodes → replaced ones, servers one by one → the load balancer is
 * told → nodes that go → all are ready → what was put aside is removed.
 */
export function changeClusterSteps(
  changes: readonly Change[],
  world: World,
  options: ChangeOptions,
  outcome: ApiOutcome,
): Step[] {
  const of = (action: ChangeAction, ...kinds: Change["kind"][]): Change[] =>
    changes.filter(
      (change) => change.action === action && (kinds.length === 0 || kinds.includes(change.kind)),
    );
  const stages = new Stages();
  stages.add(of("get").map(({ name }) => imageStep(name, world)));
  stages.add([
    ...of("create", "network").map(() => networkStep(world, true)),
    ...world.desired.volumes
      .filter(({ name }) => of("create", "volume").some((change) => change.name === name))
      .map((volume) => volumeStep(volume, world)),
  ]);
  stages.add(of("rename").map(({ name }) => renameStep(name, world)));
  stages.add([
    ...of("connect", "server", "agent", "loadbalancer").map(({ name }) =>
      reconnectStep(name, world, []),
    ),
    ...of("connect", "registry").map(({ name }) =>
      world.desired.nodes.some((node) => node.name === name)
        ? reconnectStep(name, world, [])
        : connectRegistryStep(name, world, []),
    ),
  ]);
  const told = of("update", "server", "agent").map(({ name }) => name);
  const tell = (name: string): Step =>
    tellNodeStep(name, world, (signal) => comesBack(name, world, options, signal));
  // Whoever is down reads its registries when it starts.
  const down = told.filter((name) => isDown(name, world));
  stages.add(down.map(tell));
  const helpers = of("create", "loadbalancer", "registry");
  const only = onlyServer(world);
  const [first, others] = [true, false].map((isFirst) =>
    of("start").filter(({ name }) => (name === only) === isFirst),
  );
  const startAll = (all: readonly Change[] = []): Step[] =>
    all.map(({ name }) => started(name, world, [], options));
  stages.add(startAll(first));
  stages.add([
    ...helpers.flatMap(({ name }) => madeAndStarted(name, world, options)),
    ...startAll(others),
    ...of("unpause").map(({ name }) => unpauseStep(world.node(name), world)),
  ]);

  const server = anyServer(world.observed?.nodes ?? []);
  const nodes = of("create", "server", "agent");
  const replaced = of("replace");
  const removed = of("remove", "server", "agent", "loadbalancer", "registry");
  const asksApi = nodes.length + removed.filter((change) => runsK3s(nodeOf(change))).length > 0;
  if (server === undefined) return stages.steps;
  const ready = new ReadySteps(world, server.name, outcome, options.timeoutMs);
  if (asksApi || (options.wait && stages.steps.length > 0)) stages.add([ready.api([])]);

  const running = of("update", "server", "agent").filter(({ name }) => !down.includes(name));
  const [restarted, live] = [true, false].map((disturbs) =>
    running.filter((change) => (change.disturbs !== undefined) === disturbs),
  );
  stages.add(live?.map(({ name }) => tell(name)) ?? []);
  for (const { name } of restarted ?? []) stages.add([tell(name)]);

  const fresh = nodes.map(({ name }) => world.node(name));
  // One after the other: etcd lets one member go at a time.
  for (const node of fresh) stages.add([forgetLostStep(node, world, outcome)]);
  stages.add(
    fresh
      .filter(({ role }) => role === "agent")
      .flatMap(({ name }) => madeAndStarted(name, world, options)),
  );
  const joining = fresh.filter(({ role }) => role === "server");
  for (const [position, node] of joining.entries()) {
    stages.add(madeAndStarted(node.name, world, options));
    if (position < joining.length - 1 || node.kubernetesNode === undefined)
      stages.add([ready.vote(node)]);
  }
  stages.add(joining.map((node) => ready.joined(node)));

  const tidy: Step[] = [];
  const replace = ({ name }: Change): Step => {
    const steps = replaceSteps(name, world, [], (signal) =>
      comesBack(name, world, options, signal),
    );
    tidy.push(steps.tidy);
    return steps.swap;
  };
  for (const change of replaced.filter(({ kind }) => kind === "server"))
    stages.add([replace(change)]);
  for (const wave of waves(replaced.filter(({ kind }) => kind === "agent")))
    stages.add(wave.map(replace));
  stages.add(replaced.filter((change) => !runsK3s(nodeOf(change))).map(replace));

  const init = world.desired.nodes.find(({ initServer }) => initServer);
  const isReplaced = replaced.some(({ name }) => name === init?.name);
  if (init !== undefined && isReplaced && init.files.length > 0)
    stages.add([hostingStep(init.name, world)]);
  stages.add(of("disconnect", "registry").map(({ name }) => disconnectRegistryStep(name, world)));

  const balancer = world.desired.nodes.find(({ role }) => role === "loadbalancer");
  const forwards = changes.some(({ kind }) => kind === "forward");
  const isNew = [...helpers, ...replaced].some(({ name }) => name === balancer?.name);
  if (balancer !== undefined && forwards && !isNew)
    stages.add([loadBalancerStep(balancer.name, world, [])]);

  const going = (world.observed?.nodes ?? []).filter((node) =>
    removed.some(({ name }) => name === node.name),
  );
  if (options.drain === true)
    stages.add(going.filter(runsK3s).map((node) => drainStep(node, world, [])));
  for (const node of going.filter(runsK3s)) stages.add([forgetNodeStep(node, world, outcome, [])]);
  stages.add(going.map((node: ObservedNode) => removeContainerStep(node, world)));

  if (options.wait && asksApi) {
    const k3s = world.desired.nodes.filter(runsK3s);
    stages.add([ready.nodes("ready:nodes", "Wait for the nodes", k3s, options.waitFor, [])]);
  }
  stages.add(tidy.map((step) => ({ ...step, needs: [] })));
  return stages.steps;
}

/** The server for whose boot all others wait, so that nothing shall delay it; several need each other. */
function onlyServer({ desired }: World): string | undefined {
  const [server, ...others] = desired.nodes.filter(({ role }) => role === "server");
  return others.length === 0 ? server?.name : undefined;
}

/** A container that does not run, nor tries to. */
function isDown(name: string, { observed }: World): boolean {
  const status = observed?.nodes.find((node) => node.name === name)?.status;
  return status !== "running" && status !== "paused";
}

const nodeOf = (change: Change): { role: NodeView["role"] } => ({
  role: change.kind as NodeView["role"],
});

/** Steps in stages: each needs all of the stage before. */
class Stages {
  private before: string[] = [];
  readonly steps: Step[] = [];

  add(stage: readonly Step[]): void {
    if (stage.length === 0) return;
    const needs = this.before;
    this.steps.push(
      ...stage.map((step) => ({ ...step, needs: [...(step.needs ?? []), ...needs] })),
    );
    this.before = stage.map(({ id }) => id);
  }
}

function madeAndStarted(name: string, world: World, options: ChangeOptions): Step[] {
  return [containerStep(name, world, []), started(name, world, [`container:${name}`], options)];
}

function started(
  name: string,
  world: World,
  needs: readonly string[],
  { wait, awaited = wait }: ChangeOptions,
): Step {
  const node = world.node(name);
  return startStep(node, world, needs, { look: !awaited || !runsK3s(node) });
}

function waves(changes: readonly Change[]): Change[][] {
  const size = Math.max(1, Math.ceil(changes.length / WAVES));
  return Array.from({ length: Math.ceil(changes.length / size) }, (_, index) =>
    changes.slice(index * size, (index + 1) * size),
  );
}

/** Until a replaced node does again what it is for. */
async function comesBack(
  name: string,
  world: World,
  { timeoutMs }: ChangeOptions,
  signal: AbortSignal,
): Promise<void> {
  const node = world.node(name);
  const view = world.observed?.view;
  if (!runsK3s(node)) await requireStarted(name, world.runtime, { signal });
  if (!runsK3s(node) || view === undefined) return;
  const present = viewOf(node, view.runtime);
  const others = view.nodes.filter((other) => other.name !== name);
  const { port, host, hostIp } = world.desired.api;
  await waitForReturn(
    {
      ...view,
      nodes: [...others, present],
      ...(port === undefined ? {} : { api: { host, hostIp, port } }),
    },
    [present],
    world.collaborators,
    {
      signal,
      progress: () => {},
      level: "ready",
      timeoutMs,
    },
  );
}

function viewOf({ name, role, initServer, spec }: DesiredNode, runtime: string): NodeView {
  return {
    name,
    role,
    status: "running",
    runtime,
    id: name,
    image: spec.image,
    created: new Date(0),
    ports: spec.ports,
    networks: spec.networks.map((network) => network.name),
    initServer,
    labels: spec.labels,
  };
}
