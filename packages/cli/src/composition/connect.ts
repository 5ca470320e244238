import { homedir } from "node:os";
import type { K3dServices, RuntimeOptions } from "@k3d/core";
import type { ConnectOptions } from "@k3d/plugin-kit";
import type { Config } from "@oclif/core/config";
import {
  runtimeCandidates,
  type PluginPackage,
  type RuntimeCandidate,
} from "./runtime-candidates.js";
import { selectRuntime } from "./select-runtime.js";

/** Selects the runtime, connects to it and composes core's operations on it. */
export async function connectServices({
  config,
  runtime: flag,
  configuredRuntime,
  events,
  signal,
}: ConnectOptions & { config: Config }): Promise<K3dServices> {
  const { env } = process;
  const candidates = installedRuntimes(config);
  const runtimeOptions = surroundings();
  const selected = selectRuntime({
    candidates,
    choice: { flag, environment: env.K3D_RUNTIME, config: configuredRuntime },
    runtimeOptions,
    events,
    signal,
  });
  const [runtime, { composeServices }] = await Promise.all([
    selected,
    whileWaitingFor(selected).then(() => import("./services.js")),
  ]);
  return composeServices({
    runtime,
    events,
    env,
    homeDir: homedir(),
    async otherClusters() {
      const { clustersElsewhere } = await import("./other-clusters.js");
      return clustersElsewhere(runtime.name, { candidates, runtimeOptions, signal });
    },
  });
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
export function surroundings(): RuntimeOptions {
  const uid = process.geteuid?.();
  return {
    env: process.env,
    homeDir: homedir(),
    platform: process.platform,
    ...(uid === undefined ? {} : { uid }),
  };
}
