export * from "./events.js";
export * from "./step-context.js";
