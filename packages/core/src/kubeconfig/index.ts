export * from "./document.js";
export * from "./entries.js";
export * from "./fetch.js";
export * from "./file.js";
export * from "./gone-contexts.js";
export * from "./remove-entries.js";
