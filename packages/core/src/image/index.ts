export * from "./channels.js";
export * from "./k3s-version.js";
export * from "./reference.js";
