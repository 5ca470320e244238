export * from "./cluster-ready.js";
export * from "./kube-client.js";
export * from "./node-watch.js";
export * from "./usable.js";
export * from "./wait-for-return.js";
export * from "./https-kube-client.js";
export { waitForLeases } from "./wait-for-leases.js";
export { waitForVote, waitUntilJoinable } from "./joining.js";
