export * from "./abortable.js";
export * from "./codes.js";
export * from "./ignore.js";
export * from "./k3d-error.js";
export * from "./mask-data.js";
export * from "./mask.js";
export * from "./parse-json.js";
export * from "./shorten.js";
