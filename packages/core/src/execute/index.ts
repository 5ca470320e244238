export * from "./archive.js";
export * from "./clock.js";
export * from "./container-file.js";
export * from "./host-ports.js";
export * from "./settle-ports.js";
export * from "./steps.js";
