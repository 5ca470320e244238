import type { RuntimeCapabilities } from "@k3d/core/runtime";
import { MemoryRuntime } from "@k3d/core/testing";
import * as vitest from "vitest";
import { runtimeConformance } from "../src/index.js";
import { factoryOf, IMAGE, LIMITS, NO_ENGINE, PULLABLE } from "./memory-engine.js";

const NOTHING = Object.fromEntries(
  Object.keys(new MemoryRuntime().capabilities).map((name) => [name, false]),
) as unknown as RuntimeCapabilities;

runtimeConformance({
  ...vitest,
  ...LIMITS,
  factory: factoryOf({}),
  images: { busybox: IMAGE, pullable: PULLABLE },
  unreachable: NO_ENGINE,
  report: ({ summary }) => process.stdout.write(`${summary}\n`),
});

// An engine that can do next to nothing: what it lacks is refused, and nothing else fails.
runtimeConformance({
  ...vitest,
  ...LIMITS,
  factory: factoryOf(NOTHING),
  images: { busybox: IMAGE },
});
