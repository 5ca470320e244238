export * from "./pause.js";
export * from "./write-file.js";
