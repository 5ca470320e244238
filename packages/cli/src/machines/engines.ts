import { homedir } from "node:os";
import type { EventSink, Machine } from "@k3d/core";
import { repeated } from "@k3d/plugin-kit";
import type { Config } from "@oclif/core/config";
import { installedRuntimes, surroundings } from "../composition/connect.js";
import { MachineMemory } from "../composition/machine-memory.js";
import { withEngines, type NamedMachine } from "../composition/machines.js";
import { assembleHere } from "../config/assemble.js";
import { configFile, configFileFlag } from "../flags/create.js";
import { machineServices } from "../flags/machines.js";

/** How commands about machines are told which. */
export const machinesFlags = {
  machine: repeated({
    summary: "Machine, as in cluster create; the first one manages the group",
    helpValue: "NAME[=CONTEXT|URL]",
  }),
  config: configFileFlag,
};

/** What these flags are parsed to. */
interface GivenMachines {
  machine?: string[] | undefined;
  config?: string | undefined;
  runtime?: string | undefined;
}

export interface NamedMachines {
  machines: readonly NamedMachine[];
  configuredRuntime: string | undefined;
  warnings: readonly string[];
}

/** The machines of flags, environment and config file, as `cluster create` takes them. @throws `INVALID_INPUT` */
export async function givenMachines({ machine, config }: GivenMachines): Promise<NamedMachines> {
  const assembled = await assembleHere({ machine }, configFile(config));
  return {
    machines: machineServices(assembled.config).machines ?? [],
    configuredRuntime: assembled.config.options.runtime.name,
    warnings: assembled.warnings,
  };
}

/** The machines of the clusters that were made here, each once. */
export async function rememberedMachines(): Promise<NamedMachine[]> {
  const memory = new MachineMemory(process.env, homedir());
  const sets = await Promise.all((await memory.clusters()).map((name) => memory.of(name)));
  const different = new Map(
    sets.flat().map((machine) => [`${machine.name}=${machine.endpoint}`, machine]),
  );
  return [...different.values()];
}

export interface EngineOptions {
  config: Config;
  runtime: string | undefined;
  configuredRuntime: string | undefined;
  events: EventSink;
  signal: AbortSignal;
}

/** What `work` gives on the engines of these machines. */
export function onEngines<T>(
  machines: readonly NamedMachine[],
  { config, runtime, configuredRuntime, events, signal }: EngineOptions,
  work: (engines: readonly Machine[]) => Promise<T>,
): Promise<T> {
  const selection = {
    candidates: installedRuntimes(config),
    runtimeOptions: surroundings(),
    choice: { flag: runtime, environment: process.env.K3D_RUNTIME, config: configuredRuntime },
    events,
    signal,
  };
  return withEngines(machines, selection, work);
}
