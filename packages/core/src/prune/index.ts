export { type PruneFilter, parsePruneFilter } from "./filters.js";
export * from "./operations.js";
export * from "./prune-service.js";
