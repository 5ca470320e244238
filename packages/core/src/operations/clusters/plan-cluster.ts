import type { ResolvedConfig, ResolvedHook } from "../../config/resolved-config.js";
import { collectFacts } from "../../observe/facts.js";
import { liveDrift } from "../../observe/live-drift.js";
import { nodeRegistryFiles, withGivenAccess } from "../../observe/registry-drift.js";
import type { Change } from "../../plan/change.js";
import type { DesiredCluster } from "../../plan/desired.js";
import { desiredCluster } from "../../plan/desired-cluster.js";
import type { Facts, NetworkBinding } from "../../plan/facts.js";
import type { ObservedCluster } from "../../plan/observed.js";
import { openPorts } from "../../plan/open-ports.js";
import { reconcile } from "../../plan/reconcile.js";
import { type RunOptions, runOptions } from "../../plan/run-options.js";
import { planWarnings } from "../../plan/warnings.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";

/** What making a cluster, or changing one that is there, would do. */
export interface ClusterPlan {
  desired: DesiredCluster;
  changes: Change[];
  warnings: string[];
  run: RunOptions;
  /** Commands of the config's hooks; none where the cluster is there already. */
  hooks: ResolvedHook[];
}

/** A plan with what is needed to carry it out. */
export interface PlannedWork extends ClusterPlan {
  /** The desired state once the network is known. */
  settle: (network: NetworkBinding) => Promise<DesiredCluster>;
  /** Containers whose host ports k3d chose. */
  openPorts: ReadonlySet<string>;
}

/**
 * Plans what the config says, over what there is.
 *
 * @param options.settlePorts choose the host ports that the config leaves open; otherwise they stay open.
 */
export async function planCluster(
  config: ResolvedConfig,
  { runtime, settings, ports }: Pick<Collaborators, "runtime" | "settings" | "ports">,
  options: OperationOptions & { observed?: ObservedCluster; settlePorts?: boolean } = {},
): Promise<PlannedWork> {
  const { observed } = options;
  const collected = await collectFacts(config, runtime, settings, options);
  const files = observed && (await nodeRegistryFiles(observed, runtime, options));
  const facts: Facts =
    files === undefined
      ? collected
      : {
          ...collected,
          registryAccess: await withGivenAccess(
            collected.registryAccess,
            collected.registries,
            files,
          ),
        };
  const first = await desiredCluster(config, facts);
  const open = openPorts(first);
  const hostPorts: Record<string, number> = {};
  if (options.settlePorts === true) {
    const taken = new Set<number>();
    for (const { key, hostIp } of open) {
      const port = await ports.pick(hostIp, taken);
      taken.add(port);
      hostPorts[key] = port;
    }
  }
  const settled = (network: NetworkBinding | undefined): Facts => ({
    ...facts,
    settled: { hostPorts, network },
  });
  const desired = await desiredCluster(config, settled(facts.settled.network));
  const { registries } = facts;
  const drift =
    observed &&
    files &&
    (await liveDrift(desired, observed, { registries, files }, runtime, options));
  return {
    desired,
    changes: reconcile(desired, observed, drift),
    warnings: planWarnings(config, desired, facts),
    run: runOptions(config),
    hooks: observed === undefined ? config.hooks : [],
    settle: (network) => desiredCluster(config, settled(network)),
    openPorts: new Set(
      first.nodes
        .filter(({ spec }) => spec.ports.some(({ hostPort }) => hostPort === undefined))
        .map(({ name }) => name),
    ),
  };
}
