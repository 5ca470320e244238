export * from "./compare.js";
export * from "./graph.js";
export * from "./sources.js";
