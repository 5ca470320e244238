export { createBundle, type BundleRequest } from "./create.js";
export type { BundleContents, BundledConfig, BundledImage } from "./documents.js";
export { pushBundle } from "./push.js";
export { inspectBundle, loadBundle } from "./read.js";
