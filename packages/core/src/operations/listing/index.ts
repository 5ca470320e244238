export * from "./listing-service.js";
export * from "./operations.js";
