export * from "./graph.js";
export * from "./ports/host-ports.js";
export * from "./ports/settle-ports.js";
