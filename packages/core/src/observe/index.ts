export * from "./creation.js";
export * from "./facts.js";
export * from "./nodes.js";
export * from "./settings.js";
