import { toK3dError, type BrokenPlugin, type Leftovers, type RuntimeReport } from "@k3d/core";
import type { K3dServices, NamedEngine, OperationOptions } from "@k3d/core";
import type { PruneKind } from "@k3d/plugin-prune";
import type { Config } from "@oclif/core/config";
import { installedRuntimes, surroundings } from "../composition/connect.js";
import { loadRuntimeFactory } from "../composition/runtime-candidates.js";
import { detectRuntime } from "../composition/select-runtime.js";

/** Every installed runtime, in the order of detection, and whether it can be used here. */
export async function runtimeReports(
  config: Config,
  signal: AbortSignal,
  engine?: NamedEngine,
): Promise<RuntimeReport[]> {
  const runtimeOptions = surroundings(engine);
  return Promise.all(
    installedRuntimes(config).map((candidate) =>
      detectRuntime(candidate, { runtimeOptions, signal }),
    ),
  );
}

/** Plug-ins besides the CLI itself, and those whose commands or runtimes do not load. */
export async function pluginReport(
  config: Config,
): Promise<{ installed: string[]; broken: BrokenPlugin[] }> {
  const runtimes = await Promise.all(
    installedRuntimes(config).map(async (candidate): Promise<BrokenPlugin[]> => {
      try {
        await loadRuntimeFactory(candidate);
        return [];
      } catch (error) {
        return [{ name: candidate.plugin, reason: toK3dError(error).message }];
      }
    }),
  );
  const plugins = [...config.plugins.values()].filter(({ name }) => name !== config.pjson.name);
  const commands = await Promise.all(
    plugins.map(async (plugin): Promise<BrokenPlugin[]> => {
      const ids = new Set(plugin.commandIDs ?? []);
      for (const id of ids) {
        try {
          await plugin.findCommand(id, { must: true });
        } catch (error) {
          const { message } = toK3dError(error);
          return [{ name: plugin.name, reason: `its command ${id} does not load: ${message}` }];
        }
      }
      return [];
    }),
  );
  return {
    installed: plugins.map(({ name }) => name),
    broken: [...runtimes.flat(), ...commands.flat()],
  };
}

const PLURALS: Readonly<Record<PruneKind, string>> = {
  cluster: "half-made or half-deleted clusters",
  expired: "clusters past their time to live",
  node: "nodes without cluster",
  registry: "registries",
  network: "networks",
  volume: "volumes",
  image: "images",
  kubeconfig: "kubeconfig entries",
  file: "files",
  runtime: "objects of the runtime",
};

/** What `k3d prune` would remove by default, counted by kind. */
export async function countLeftovers(
  services: K3dServices,
  options: OperationOptions,
): Promise<Leftovers> {
  const { PruneService } = await import("@k3d/plugin-prune");
  const { items } = await new PruneService(services).find({}, options);
  return [...Map.groupBy(items, ({ kind }) => kind)].map(([kind, of]) => {
    const [only] = of;
    return of.length === 1 ? `${kind} ${only?.name}` : `${of.length} ${PLURALS[kind]}`;
  });
}
