export { parsePruneFilter } from "./filters.js";
export { type PruneFilter } from "./operations.js";
export * from "./operations.js";
export * from "./prune-service.js";
