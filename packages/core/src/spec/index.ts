export * from "./container-spec.js";
export * from "./k3s-command.js";
export * from "./node-labels.js";
export * from "./node-to-spec.js";
