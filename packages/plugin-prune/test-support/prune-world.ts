import { ClusterService } from "@k3d/core";
import { stockedEngine, type StockedEngine, type StockedEngineOptions } from "@k3d/core/testing";
import { PRUNE_KINDS, type PruneSelection } from "../src/operations/operations.js";
import { PruneService } from "../src/operations/prune-service.js";

export { ALIVE, DEAD, ELSEWHERE, LONG_AGO, labelsOf, wholeCluster } from "@k3d/core/testing";

export type PruneWorld = ReturnType<typeof pruneWorld>;

/** An in-memory engine with means to leave things on it, and what prunes it. */
export function pruneWorld(options?: StockedEngineOptions) {
  const engine: StockedEngine = stockedEngine(options);
  const prune = new PruneService({
    collaborators: engine.deps,
    clusters: new ClusterService(engine.deps),
  });
  const found = async (selection?: PruneSelection) => {
    const { items } = await prune.find(selection);
    return items.map((item) => `${item.kind} ${item.name}`).toSorted();
  };
  const pruneAll = async () => {
    const kinds = PRUNE_KINDS.filter((kind) => kind !== "expired");
    return prune.remove((await prune.find({ kinds })).items, { kinds });
  };
  return { ...engine, prune, found, pruneAll };
}
