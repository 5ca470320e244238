export * from "./command.js";
export * from "./files.js";
export * from "./nginx-config.js";
export * from "./overrides.js";
export * from "./values.js";
