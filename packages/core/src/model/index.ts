export * from "./bytes.js";
export * from "./compare-names.js";
export * from "./defaults.js";
export * from "./labels.js";
export * from "./names.js";
export * from "./node-definition.js";
export * from "./roles.js";
export * from "./views.js";
