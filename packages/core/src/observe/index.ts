export * from "./cluster.js";
export * from "./creation.js";
export * from "./existing.js";
export * from "./details.js";
export * from "./facts.js";
export * from "./nodes.js";
export * from "./settings.js";
export * from "./status.js";
