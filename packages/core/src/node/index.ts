export * from "./entrypoint.js";
export * from "./node-service.js";
