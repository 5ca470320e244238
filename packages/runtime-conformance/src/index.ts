export { runtimeConformance } from "./runtime-conformance.js";
export type {
  ConformanceImages,
  ConformanceOptions,
  ConformanceReport,
  SkippedTest,
  TestApi,
} from "./options.js";
