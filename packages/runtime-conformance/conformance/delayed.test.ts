import * as vitest from "vitest";
import { runtimeConformance } from "../src/index.js";
import { chance, delayed } from "./delayed.js";
import { factoryOf, IMAGE, LIMITS, NO_ENGINE, PULLABLE } from "./memory-engine.js";

// Behind a slow connection the contract holds as well, and the suite expects no more than it says.
const next = chance(12, 5);

runtimeConformance({
  ...vitest,
  ...LIMITS,
  factory: factoryOf({}, (runtime) => delayed(runtime, next)),
  images: { busybox: IMAGE, pullable: PULLABLE },
  unreachable: NO_ENGINE,
});
