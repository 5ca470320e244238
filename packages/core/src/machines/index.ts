export * from "./compose.js";
export * from "./group.js";
export * from "./machine.js";
export * from "./placement.js";
