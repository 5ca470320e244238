import {
  K3dError,
  type ContainerRuntime,
  type RuntimeCapabilities,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core/runtime";
import { type MemoryGroup, MemoryRuntime, MemoryWire } from "@k3d/core/testing";
import { busybox, hasExecutable } from "./busybox.js";
import { machinePorts } from "./machine-ports.js";

export const IMAGE = "k3d.local/busybox:dev";
export const PULLABLE = "registry.test/busybox:1";
const MEBIBYTE = 1024 * 1024;

/** What an in-memory engine holds is this process's memory. */
export const LIMITS = { largeBytes: 16 * MEBIBYTE, memoryBudget: 256 * MEBIBYTE };

/** A machine without an engine. */
export const NO_ENGINE: RuntimeOptions = {
  env: { MEMORY_ENGINE: "absent" },
  homeDir: "/",
  platform: "linux",
};

/** One of two engines that reach each other. */
export const WIRED: RuntimeOptions = {
  env: { MEMORY_ENGINE: "wired" },
  homeDir: "/",
  platform: "linux",
};
const wire = new MemoryWire();

/** One of several machines. */
export interface Machine {
  name: string;
  /** What its networks are shared with. */
  group: MemoryGroup;
}

/** Each machine's images have ids of their own, as with engines that store images in different ways. */
export function engine(
  capabilities: Partial<RuntimeCapabilities>,
  { name, group, ...options }: Partial<Machine> & { wire?: MemoryWire } = {},
): MemoryRuntime {
  const image = {
    env: ["PATH=/bin"],
    cmd: ["sh"],
    labels: name === undefined ? undefined : { machine: name },
  };
  const runtime = new MemoryRuntime({
    images: [{ ...image, reference: IMAGE }],
    registry: [{ ...image, reference: PULLABLE }],
    hostPorts: machinePorts,
    capabilities,
    canExecute: hasExecutable,
    group,
    ...options,
  });
  runtime.programs(busybox);
  return runtime;
}

/** @param wrap what is put around each runtime that is made. */
export const factoryOf = (
  capabilities: Partial<RuntimeCapabilities>,
  wrap: (runtime: ContainerRuntime) => ContainerRuntime = (runtime) => runtime,
): RuntimeFactory => ({
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
    const own = env.MEMORY_ENGINE === "wired" ? { wire } : { wire: new MemoryWire() };
    return wrap(engine({ localBindMounts: true, ...capabilities }, own));
  },
});
