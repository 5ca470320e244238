export * from "./export-logs.js";
export type * from "./operations.js";
