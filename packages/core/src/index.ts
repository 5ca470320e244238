export * from "./config/index.js";
export * from "./errors/index.js";
export * from "./events/index.js";
export * from "./filters/index.js";
export * from "./image/index.js";
export * from "./model/index.js";
export * from "./runtime/index.js";
export * from "./spec/index.js";
