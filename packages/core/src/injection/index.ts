export * from "./injection.js";
export * from "./tokens.js";
