export * from "./channels.js";
export * from "./reference.js";
