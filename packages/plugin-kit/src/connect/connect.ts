import { K3dError, type EventSink, type K3dServices, type NamedEngine } from "@k3d/core";
import type { Config } from "@oclif/core/config";
import type { Hooks } from "@oclif/core/hooks";

/**
 * Name of the oclif hook that the CLI answers with {@link K3dServices}, so that plug-ins need
 * neither the CLI nor an engine library among their dependencies.
 */
export const CONNECT_HOOK = "k3d:connect";

/** Names of what a command works on. */
export interface WantedObjects {
  clusters?: readonly string[];
  nodes?: readonly string[];
}

/** A machine, and how its engine is reached: a name or a URL in the runtime's own words. */
export interface MachineEndpoint {
  name: string;
  endpoint: string;
}

/** Images of what stands beside the nodes of a cluster. */
export interface HelperImages {
  loadBalancer?: string;
  registry?: string;
}

/** What a command asks for. */
export interface ConnectOptions {
  /** The runtime given with `--runtime`. Wins over everything. */
  runtime?: string | undefined;
  /** The engine given with `--host` or `--context`. */
  engine?: NamedEngine | undefined;
  /** The runtime that a config file names. Wins over detection only. */
  configuredRuntime?: string | undefined;
  /** Where no runtime is named, the one that has these is connected to. */
  wanted?: WantedObjects | undefined;
  /** The machines of a cluster over several: their engines are connected to, as one runtime. */
  machines?: readonly MachineEndpoint[] | undefined;
  /** Win over those of the environment and the defaults. */
  helperImages?: HelperImages | undefined;
  /** Receives what operations tell. */
  events: EventSink;
  signal: AbortSignal;
}

interface ConnectHooks extends Hooks {
  [CONNECT_HOOK]: { options: ConnectOptions & Record<string, unknown>; return: K3dServices };
}

/** Asks the CLI for connected services. @throws what connecting throws, e.g. `RUNTIME_UNAVAILABLE`. */
export async function connect(config: Config, options: ConnectOptions): Promise<K3dServices> {
  const outcome = await config.runHook<typeof CONNECT_HOOK, ConnectHooks>(
    CONNECT_HOOK,
    { ...options },
    undefined,
    true,
  );
  const failure = outcome.failures[0];
  if (failure) throw failure.error;
  const success = outcome.successes[0];
  if (success) return success.result;
  throw new K3dError("INTERNAL", `Nothing answers the hook ${CONNECT_HOOK}`, {
    hint: "Commands of k3d plug-ins only run within the k3d command line",
  });
}
