export * from "./container-spec.js";
