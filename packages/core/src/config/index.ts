export * from "./simple-config.js";
