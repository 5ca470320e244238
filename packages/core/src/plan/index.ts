export * from "./bind.js";
export * from "./cluster-plan.js";
export * from "./facts.js";
export * from "./plan-cluster.js";
