export type * from "./hooks.js";
export type * from "./lifecycle.js";
