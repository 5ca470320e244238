import { homedir } from "node:os";
import type { EventSink, K3dServices, NamedEngine, RuntimeOptions } from "@k3d/core";
import type { ConnectOptions, WantedObjects } from "@k3d/plugin-kit";
import type { Config } from "@oclif/core/config";
import {
  runtimeCandidates,
  type PluginPackage,
  type RuntimeCandidate,
} from "./runtime-candidates.js";
import type { RuntimeListing } from "./every-runtime.js";
import { selectRuntime } from "./select-runtime.js";

/** Selects the runtime, connects to it and composes core's operations on it. */
export async function connectServices({
  config,
  runtime: flag,
  engine,
  configuredRuntime,
  wanted,
  events,
  signal,
}: ConnectOptions & { config: Config }): Promise<K3dServices> {
  const { env } = process;
  const named = flag || configuredRuntime || env.K3D_RUNTIME;
  const installed = installedRuntimes(config);
  const candidates = engine && !named ? installed.slice(0, 1) : installed;
  // An engine that is named for this command is the only one there is for it.
  const asked = engine ? candidates.filter(({ name }) => !named || name === named) : candidates;
  const runtimeOptions = surroundings(engine);
  const every = { candidates: asked, runtimeOptions, signal, events: tellingOnce(events) };
  const everyRuntime = async (refuseReplacement = false) =>
    (await import("./every-runtime.js")).listEveryRuntime({ ...every, refuseReplacement });
  const found =
    named || engine || !wanted ? undefined : await findRuntime(wanted, () => everyRuntime(true));
  const selected = selectRuntime({
    candidates,
    choice: { flag, environment: env.K3D_RUNTIME, config: configuredRuntime, found },
    runtimeOptions,
    events,
    signal,
  });
  const [runtime, composeServices] = await Promise.all([
    selected,
    whileWaitingFor(selected).then(() => loadComposition()),
  ]);
  return composeServices({
    runtime,
    events,
    env,
    homeDir: homedir(),
    everyRuntime: () => everyRuntime(),
    async onEveryRuntime(work) {
      return (await import("./every-runtime.js")).onEveryRuntime(every, work, runtime);
    },
  });
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

/** The composition, and with it what nearly every command uses, so that it is there when the engine answers. */
async function loadComposition() {
  const [{ composeServices }] = await Promise.all([
    import("./services.js"),
    import("./operations/clusters.js"),
  ]);
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
