export * from "./clusters/cluster-service.js";
export * from "./contracts.js";
export * from "./images/index.js";
export * from "./kubeconfigs/kubeconfig-service.js";
export * from "./nodes/node-service.js";
export * from "./options.js";
export * from "./prune/index.js";
export type * from "./registries/operations.js";
export * from "./registries/registry-service.js";
