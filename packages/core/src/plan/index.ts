export * from "./change.js";
export * from "./describe.js";
export * from "./desired.js";
export * from "./desired-cluster.js";
export * from "./facts.js";
export * from "./open-ports.js";
export * from "./run-options.js";
export * from "./text.js";
