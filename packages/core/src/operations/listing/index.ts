export * from "./listing-service.js";
export * from "./operations.js";
export type { UsedCluster, UsedNode } from "./usage.js";
