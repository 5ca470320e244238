export * from "./image-service.js";
export * from "./operations.js";
