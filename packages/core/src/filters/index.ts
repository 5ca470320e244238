export * from "./node-filter.js";
export * from "./select.js";
export * from "./split-flag.js";
export * from "./syntax-error.js";
