export * from "./cluster.js";
export * from "./creation.js";
export * from "./existing.js";
export * from "./facts.js";
export * from "./find.js";
export * from "./nodes.js";
export * from "./settings.js";
