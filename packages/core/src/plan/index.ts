export * from "./desired.js";
export * from "./desired-cluster.js";
export * from "./facts.js";
export * from "./open-ports.js";
export * from "./run-options.js";
