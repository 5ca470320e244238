export * from "./codes.js";
export * from "./ignore.js";
export * from "./k3d-error.js";
export * from "./mask.js";
