import {
  isK3dError,
  kubeconfigFacts,
  throwIfAborted,
  toK3dError,
  type CallOptions,
  type Collaborators,
  type KubeconfigFacts,
  type OperationOptions,
} from "@k3d/core";
import { findExpired } from "./find-expired.js";
import { findNodes, findRegistries, findRemains } from "./find-containers.js";
import {
  findKubeconfigEntries,
  findStandaloneFiles,
  findTemporaryFiles,
} from "./find-kubeconfig.js";
import { findImages, findNetworks, findVolumes } from "./find-objects.js";
import { type Inventory, takeInventory } from "./inventory.js";
import {
  PRUNE_KINDS,
  type PruneFindings,
  type PruneItem,
  type PruneKind,
  type PruneOperations,
  type PruneOutcome,
  type PruneSelection,
  type PruneServices,
} from "./operations.js";

/** Images cost a download, and a cluster past its time may still be in use: only when asked for. */
const DEFAULT_KINDS = PRUNE_KINDS.filter((kind) => kind !== "image" && kind !== "expired");

/** What k3d left on one runtime. */
export class PruneService implements PruneOperations {
  private readonly deps: Collaborators;

  constructor(private readonly services: PruneServices) {
    this.deps = services.collaborators;
  }

  async find(
    { kinds = DEFAULT_KINDS, filters = [] }: PruneSelection = {},
    { signal }: OperationOptions = {},
  ): Promise<PruneFindings> {
    const options: CallOptions = { signal };
    const now = new Date();
    const inventory = await takeInventory(this.deps.runtime, this.deps.settings, now, options);
    const findings: PruneFindings = { items: [], skipped: [] };
    for (const kind of PRUNE_KINDS) {
      if (!kinds.includes(kind)) continue;
      throwIfAborted(signal);
      const { items, skipped } = await this.findKind(kind, inventory, options);
      const chosen = items.filter((item) => filters.every((filter) => filter.matches(item, now)));
      for (const name of chosen.flatMap((item) => containersOf(item, inventory)))
        inventory.gone.add(name);
      findings.items.push(...chosen);
      findings.skipped.push(...skipped);
    }
    return findings;
  }

  async remove(
    items: readonly PruneItem[],
    selection: PruneSelection = {},
    { signal }: OperationOptions = {},
  ): Promise<PruneOutcome> {
    const options: CallOptions = { signal };
    const again = await this.find(selection, options);
    const found = new Set(again.items.map(keyOf));
    const { removeItem } = await import("./remove.js");
    const outcome: PruneOutcome = { removed: [], failed: [], reclaimed: 0 };
    for (const item of items) {
      throwIfAborted(signal);
      if (!found.has(keyOf(item))) {
        outcome.failed.push({
          item,
          code: "NOT_FOUND",
          message: `${describe(item)} is gone, or in use by now`,
        });
        continue;
      }
      try {
        await this.tracked(item, () => removeItem(item, this.services, options));
        outcome.removed.push(item);
        outcome.reclaimed += item.size ?? 0;
      } catch (error) {
        if (signal?.aborted || isK3dError(error, "RUNTIME_UNAVAILABLE")) throw error;
        const { code, message } = toK3dError(error);
        outcome.failed.push({ item, code, message });
      }
    }
    return outcome;
  }

  private async findKind(
    kind: PruneKind,
    inventory: Inventory,
    options: CallOptions,
  ): Promise<PruneFindings> {
    const { runtime, kubeconfigStore, settings } = this.deps;
    switch (kind) {
      case "cluster":
        return findRemains(runtime, inventory, options);
      case "expired":
        return only(findExpired(inventory));
      case "node":
        return only(await findNodes(inventory));
      case "registry":
        return only(await findRegistries(inventory));
      case "network":
        return findNetworks(runtime, inventory, options);
      case "volume":
        return findVolumes(runtime, inventory, options);
      case "image":
        return findImages(runtime, inventory, options);
      case "kubeconfig":
        return only(
          await findKubeconfigEntries(
            kubeconfigStore,
            await this.kubeconfigFacts(inventory, options),
          ),
        );
      case "file":
        return only([
          ...(await findTemporaryFiles(kubeconfigStore.defaultPath, inventory.now)),
          ...(await findStandaloneFiles(
            settings.kubeconfigDirectories ?? [],
            await this.kubeconfigFacts(inventory, options),
          )),
        ]);
      case "runtime":
        return only(await this.leftovers(options));
    }
  }

  private async kubeconfigFacts(
    { clusters, remains }: Inventory,
    options: CallOptions,
  ): Promise<KubeconfigFacts> {
    const here = [...clusters, ...remains.map(({ cluster }) => cluster)].map(({ name }) => name);
    return kubeconfigFacts(new Set(here), this.deps, options);
  }

  private async leftovers(options: CallOptions): Promise<PruneItem[]> {
    const found = (await this.deps.runtime.housekeeping?.leftovers(options)) ?? [];
    return found.map(({ id, name, reason, size, created }) => ({
      kind: "runtime",
      id,
      name,
      reason,
      size,
      created,
      labels: {},
    }));
  }

  private async tracked(item: PruneItem, work: () => Promise<void>): Promise<void> {
    const { events, clock } = this.deps;
    const step = { id: `prune:${item.kind}:${item.id}`, title: `Remove ${describe(item)}` };
    const since = clock.now();
    events.emit({ type: "step.started", ...step });
    try {
      await work();
      events.emit({ type: "step.finished", ...step, elapsedMs: clock.now() - since });
    } catch (error) {
      const { code, message } = toK3dError(error);
      events.emit({
        type: "step.failed",
        ...step,
        elapsedMs: clock.now() - since,
        error: { code, message },
      });
      throw error;
    }
  }
}

/** Names of the containers that go with an item. */
function containersOf({ kind, name }: PruneItem, { remains }: Inventory): string[] {
  if (kind === "node" || kind === "registry") return [name];
  if (kind !== "cluster") return [];
  return remains
    .filter(({ cluster }) => cluster.name === name)
    .flatMap(({ cluster }) => cluster.nodes.map((node) => node.name));
}

const only = (items: PruneItem[]): PruneFindings => ({ items, skipped: [] });
const keyOf = ({ kind, id }: PruneItem): string => `${kind} ${id}`;
const describe = ({ kind, name }: PruneItem): string =>
  DESCRIPTIONS[kind]?.(name) ?? `${kind} ${name}`;
const DESCRIPTIONS: Partial<Record<PruneKind, (name: string) => string>> = {
  cluster: (name) => `the remains of cluster ${name}`,
  expired: (name) => `cluster ${name}`,
};
