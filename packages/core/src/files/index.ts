export * from "./large-file.js";
export * from "./make-directories.js";
export * from "./not-read.js";
export * from "./not-written.js";
export * from "./pause.js";
export * from "./read-text.js";
export { isSpecialFile } from "./special-file.js";
export { linkTarget } from "./target.js";
export * from "./write-file.js";
