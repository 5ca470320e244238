export { isLayoutDirectory, layoutArchive } from "./archive/directory.js";
export * from "./image-service.js";
export * from "./operations.js";
