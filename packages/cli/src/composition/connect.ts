import { homedir } from "node:os";
import {
  type ContainerRuntime,
  type EventSink,
  type K3dServices,
  type Lifecycle,
  type NamedEngine,
  type RuntimeOptions,
} from "@k3d/core";
import type { ConnectOptions, WantedObjects } from "@k3d/plugin-kit";
import type { Config } from "@oclif/core/config";
import {
  runtimeCandidates,
  type PluginPackage,
  type RuntimeCandidate,
} from "./runtime-candidates.js";
import { lazyService } from "./lazy-service.js";
import type { EveryRuntimeOptions, RuntimeListing } from "./every-runtime.js";
import { knownMachines } from "./find-machines.js";
import { MachineMemory } from "./machine-memory.js";
import { selectRuntime, type SelectOptions } from "./select-runtime.js";

/** What {@link connectServices} is given. */
export interface ServiceRequest extends ConnectOptions {
  config: Config;
  /** How the installed plug-ins take part in what happens to clusters. */
  lifecycle: (events: EventSink) => Promise<Lifecycle>;
  /** The user's own directory for what can be found out again; absent where there is no safe one. */
  cacheDir?: string | undefined;
}

/** Selects the runtime, connects to it and composes core's operations on it. */
export async function connectServices({
  config,
  runtime: flag,
  engine,
  configuredRuntime,
  wanted,
  machines: given,
  helperImages,
  events,
  signal,
  lifecycle,
  cacheDir,
}: ServiceRequest): Promise<K3dServices> {
  const { env } = process;
  const named = flag || configuredRuntime || env.K3D_RUNTIME;
  const installed = installedRuntimes(config);
  const candidates = engine && !named ? installed.slice(0, 1) : installed;
  // An engine that is named for this command is the only one there is for it.
  const asked = engine ? candidates.filter(({ name }) => !named || name === named) : candidates;
  const runtimeOptions = surroundings(engine);
  const memory = new MachineMemory(env, homedir());
  const asking = { candidates, runtimeOptions, events, signal };
  const chosen = { flag, environment: env.K3D_RUNTIME, config: configuredRuntime };
  const machines = given ?? (engine ? [] : await knownMachines(wanted, memory, asking, chosen));
  const every = { candidates: asked, runtimeOptions, signal, events: tellingOnce(events) };
  const listRuntimes = async (options: Partial<EveryRuntimeOptions>) =>
    (await import("./every-runtime.js")).listEveryRuntime({ ...every, ...options });
  const found =
    named || engine || !wanted || machines.length > 0
      ? undefined
      : await findRuntime(wanted, () => listRuntimes({ refuseReplacement: true }));
  const selection = { ...asking, choice: { ...chosen, found } };
  const selected =
    machines.length === 0
      ? selectRuntime(selection)
      : import("./machines.js").then(({ selectMachines }) => selectMachines(machines, selection));
  // Whoever watches asks again and again, and is to see what others make meanwhile.
  let remembered: () => Promise<string[]> = () => memory.firstClusters();
  const onMachines = async <T>(work: (runtime: ContainerRuntime) => Promise<T>): Promise<T[]> => {
    if (engine || machines.length > 0) return [];
    const clusters = await remembered();
    remembered = () => memory.clusters();
    return clusters.length === 0 ? [] : machinesBesides(clusters, { ...selection, memory, work });
  };
  const [runtime, composeServices] = await Promise.all([
    selected,
    whileWaitingFor(selected).then(() => loadComposition()),
  ]);
  return composeServices({
    cacheDir,
    runtime,
    events,
    env,
    homeDir: homedir(),
    helperImages,
    otherRuntimes: () =>
      listRuntimes({ candidates: asked.filter(({ name }) => name !== runtime.name) }),
    onMachines,
    lifecycle: lazyService(() => lifecycle(events)),
    async onEveryRuntime(work) {
      const { onEveryRuntime } = await import("./every-runtime.js");
      const [besides, runtimes] = await Promise.all([
        onMachines(work),
        onEveryRuntime(every, work, runtime),
      ]);
      return [...besides, ...runtimes];
    },
  });
}

/** For lists: what is on the machines of clusters that the command is not connected to. */
async function machinesBesides<T>(
  clusters: readonly string[],
  {
    memory,
    work,
    ...selection
  }: SelectOptions & { memory: MachineMemory; work: (runtime: ContainerRuntime) => Promise<T> },
): Promise<T[]> {
  const sets = await Promise.all(clusters.map((cluster) => memory.of(cluster)));
  const { onMachines } = await import("./machines.js");
  return onMachines(sets, selection, work);
}

/** Hands each warning on once, however often a list is made anew. */
function tellingOnce(events: EventSink): EventSink {
  const told = new Set<string>();
  return {
    emit(event) {
      if (event.type === "warning") {
        if (told.has(event.message)) return;
        told.add(event.message);
      }
      events.emit(event);
    },
  };
}

/** The runtime that has what the command names. */
async function findRuntime(
  wanted: WantedObjects,
  everyRuntime: () => Promise<RuntimeListing[]>,
): Promise<string | undefined> {
  const { runtimeOf } = await import("./find-runtime.js");
  return runtimeOf(wanted, await everyRuntime());
}

/** The composition; what a service needs is loaded when it is first used. */
async function loadComposition() {
  const { composeServices } = await import("./services.js");
  return composeServices;
}

/** Loading an engine's library and sending it the first request takes about this long, in milliseconds. */
const HEAD_START_MS = 20;

/**
 * Resolves when `connecting` has ended or has got so far that this process only waits for the
 * engine: what is loaded then costs no time, while before it would hold up the request.
 */
async function whileWaitingFor(connecting: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const started = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, HEAD_START_MS);
  });
  const ended = connecting.then(
    () => {},
    () => {},
  );
  await Promise.race([started, ended]);
  clearTimeout(timer);
}

/** The runtimes of the CLI and of the installed plug-ins. */
export function installedRuntimes(config: Config): RuntimeCandidate[] {
  return runtimeCandidates(config.pjson.name, config.plugins.values() as Iterable<PluginPackage>);
}

/** What adapters may know of this process. */
export function surroundings(engine?: NamedEngine): RuntimeOptions {
  const uid = process.geteuid?.();
  return {
    env: process.env,
    homeDir: homedir(),
    platform: process.platform,
    uid,
    ...(engine === undefined ? {} : { engine }),
  };
}
