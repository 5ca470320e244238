export * from "./not-written.js";
export * from "./pause.js";
export * from "./read-text.js";
export * from "./write-file.js";
