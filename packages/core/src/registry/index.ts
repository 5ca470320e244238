export * from "./definition.js";
export * from "./hosting.js";
export * from "./registries-yaml.js";
export * from "./node-files.js";
