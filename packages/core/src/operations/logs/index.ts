export * from "./node-logs.js";
