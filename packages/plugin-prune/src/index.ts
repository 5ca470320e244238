export type { PruneFindings, PruneItem, PruneKind } from "./operations/operations.js";
export { PruneService } from "./operations/prune-service.js";
