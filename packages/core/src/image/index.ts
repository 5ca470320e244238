export * from "./channels.js";
export * from "./reference.js";
export * from "./import/index.js";
