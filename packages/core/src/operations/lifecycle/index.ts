export { runBeforeCreate, withAfterCreate } from "./creation.js";
export { withHooks } from "./run-hooks.js";
