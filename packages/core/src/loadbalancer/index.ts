export * from "./command.js";
export * from "./files.js";
export * from "./overrides.js";
export * from "./values.js";
