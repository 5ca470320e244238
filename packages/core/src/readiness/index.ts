export * from "./cluster-ready.js";
export * from "./kube-client.js";
export * from "./node-watch.js";
