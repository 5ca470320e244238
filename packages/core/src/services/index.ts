export * from "./contracts.js";
export * from "./tokens.js";
