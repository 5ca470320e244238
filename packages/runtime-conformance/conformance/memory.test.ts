import { composeMachines } from "@k3d/core";
import type { RuntimeCapabilities, RuntimeFactory } from "@k3d/core/runtime";
import { MemoryGroup, MemoryRuntime } from "@k3d/core/testing";
import * as vitest from "vitest";
import { runtimeConformance } from "../src/index.js";
import { engine, factoryOf, IMAGE, LIMITS, NO_ENGINE, PULLABLE, WIRED } from "./memory-engine.js";

/** Three machines as one runtime. */
const overMachines: RuntimeFactory = {
  ...factoryOf({}),
  async create(options) {
    if (options.env.MEMORY_ENGINE === "absent") return factoryOf({}).create(options);
    const group = new MemoryGroup();
    const machines = ["one", "two", "three"].map((name) => ({
      name,
      engine: engine({}, { name, group }),
    }));
    return composeMachines(machines);
  },
};

const NOTHING = Object.fromEntries(
  Object.keys(new MemoryRuntime().capabilities).map((name) => [name, false]),
) as unknown as RuntimeCapabilities;

runtimeConformance({
  ...vitest,
  ...LIMITS,
  factory: factoryOf({}),
  images: { busybox: IMAGE, pullable: PULLABLE },
  unreachable: NO_ENGINE,
  spareEngines: [WIRED, WIRED],
  report: ({ summary }) => process.stdout.write(`${summary}\n`),
});

// An engine that can do next to nothing: what it lacks is refused, and nothing else fails.
runtimeConformance({
  ...vitest,
  ...LIMITS,
  factory: factoryOf(NOTHING),
  images: { busybox: IMAGE },
});

// Several engines as one keep the same promises.
runtimeConformance({
  ...vitest,
  ...LIMITS,
  factory: overMachines,
  images: { busybox: IMAGE, pullable: PULLABLE },
  unreachable: NO_ENGINE,
});
