export * from "./cluster-service.js";
export * from "./deps.js";
export * from "./views.js";
