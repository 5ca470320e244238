import {
  K3dError,
  type RuntimeCapabilities,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core/runtime";
import { composeMachines } from "@k3d/core";
import { MemoryGroup, MemoryRuntime } from "@k3d/core/testing";
import * as vitest from "vitest";
import { runtimeConformance } from "../src/index.js";
import { busybox, hasExecutable } from "./busybox.js";
import { machinePorts } from "./machine-ports.js";

const IMAGE = "k3d.local/busybox:dev";
const PULLABLE = "registry.test/busybox:1";
const MEBIBYTE = 1024 * 1024;

/** A machine without an engine. */
const NO_ENGINE: RuntimeOptions = {
  env: { MEMORY_ENGINE: "absent" },
  homeDir: "/",
  platform: "linux",
};

const factoryOf = (capabilities: Partial<RuntimeCapabilities>): RuntimeFactory => ({
  name: "memory",
  contractVersion: 1,
  async detect({ env }) {
    if (env.MEMORY_ENGINE === "absent")
      return { available: false, reason: "there is no engine", hint: "Make one." };
    return { available: true, reason: "made on the spot" };
  },
  async create({ env }) {
    if (env.MEMORY_ENGINE === "absent")
      throw new K3dError("RUNTIME_UNAVAILABLE", "There is no engine", { hint: "Make one." });
    return engine({ localBindMounts: true, ...capabilities });
  },
});

function engine(capabilities: Partial<RuntimeCapabilities>, group?: MemoryGroup): MemoryRuntime {
  const image = { env: ["PATH=/bin"], cmd: ["sh"] };
  const runtime = new MemoryRuntime({
    images: [{ ...image, reference: IMAGE }],
    registry: [{ ...image, reference: PULLABLE }],
    hostPorts: machinePorts,
    capabilities,
    canExecute: hasExecutable,
    group,
  });
  runtime.programs(busybox);
  return runtime;
}

/** Three machines as one runtime. */
const overMachines: RuntimeFactory = {
  ...factoryOf({}),
  async create(options) {
    if (options.env.MEMORY_ENGINE === "absent") return factoryOf({}).create(options);
    const group = new MemoryGroup();
    const machines = ["one", "two", "three"].map((name) => ({ name, engine: engine({}, group) }));
    return composeMachines(machines);
  },
};

const NOTHING = Object.fromEntries(
  Object.keys(new MemoryRuntime().capabilities).map((name) => [name, false]),
) as unknown as RuntimeCapabilities;

/** What an in-memory engine holds is this process's memory. */
const LIMITS = { largeBytes: 16 * MEBIBYTE, memoryBudget: 256 * MEBIBYTE };

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

// Several engines as one keep the same promises.
runtimeConformance({
  ...vitest,
  ...LIMITS,
  factory: overMachines,
  images: { busybox: IMAGE, pullable: PULLABLE },
  unreachable: NO_ENGINE,
});
