export * from "./cluster-ready.js";
export * from "./kube-client.js";
export * from "./node-watch.js";
export * from "./usable.js";
export * from "./wait-for-return.js";
export * from "./https-kube-client.js";
export * from "./wait-for-leases.js";
export * from "./joining.js";
