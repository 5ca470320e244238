export * from "./conditions.js";
export * from "./wait-for.js";
