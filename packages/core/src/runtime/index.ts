export * from "./capabilities.js";
export * from "./common.js";
export * from "./containers.js";
export * from "./factory.js";
export * from "./images.js";
export * from "./networks.js";
export * from "./runtime.js";
export * from "./volumes.js";
