export * from "./bytes.js";
export * from "./clock.js";
export * from "./compare-names.js";
export * from "./defaults.js";
export * from "./labels.js";
export * from "./names.js";
export * from "./process-identity.js";
export * from "./roles.js";
