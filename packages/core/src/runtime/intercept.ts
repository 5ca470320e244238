import type { CallOptions } from "./common.js";
import type { ContainerOperations } from "./containers.js";
import type { GroupOperations } from "./groups.js";
import type { HousekeepingOperations } from "./housekeeping.js";
import type { ImageOperations } from "./images.js";
import type { NetworkOperations } from "./networks.js";
import type { ContainerRuntime } from "./runtime.js";
import type { VolumeOperations } from "./volumes.js";

/** A method of the contract that asks the engine, e.g. `containers.start`. */
export type RuntimeCallName =
  | "info"
  | "dial"
  | `containers.${keyof ContainerOperations}`
  | `images.${keyof ImageOperations}`
  | `networks.${keyof NetworkOperations}`
  | `volumes.${keyof VolumeOperations}`
  | `housekeeping.${keyof HousekeepingOperations}`
  | `groups.${keyof GroupOperations}`;

/** Which argument of a call its {@link CallOptions} are. */
const OPTIONS_AT: Record<RuntimeCallName, number> = {
  info: 0,
  dial: 1,
  "containers.create": 1,
  "containers.start": 1,
  "containers.stop": 1,
  "containers.remove": 1,
  "containers.pause": 1,
  "containers.unpause": 1,
  "containers.rename": 2,
  "containers.inspect": 1,
  "containers.list": 0,
  "containers.stats": 1,
  "containers.wait": 1,
  "containers.exec": 1,
  "containers.logs": 1,
  "containers.putArchive": 3,
  "containers.getArchive": 2,
  "images.inspect": 1,
  "images.list": 0,
  "images.pull": 1,
  "images.save": 1,
  "images.load": 1,
  "images.remove": 1,
  "networks.create": 1,
  "networks.inspect": 1,
  "networks.list": 0,
  "networks.freeSubnet": 0,
  "networks.remove": 1,
  "networks.connect": 2,
  "networks.disconnect": 2,
  "volumes.create": 1,
  "volumes.inspect": 1,
  "volumes.list": 0,
  "volumes.remove": 1,
  "housekeeping.usage": 0,
  "housekeeping.leftovers": 0,
  "housekeeping.removeLeftover": 1,
  "groups.begin": 0,
  "groups.invite": 0,
  "groups.join": 1,
};

/** Every method of the contract that asks the engine. */
export const RUNTIME_CALLS = Object.keys(OPTIONS_AT) as RuntimeCallName[];

/** A call on its way to a runtime. */
export interface RuntimeCall {
  readonly name: RuntimeCallName;
  /** Without the options. */
  readonly args: readonly unknown[];
  readonly options: CallOptions;
  /**
   * Carries it out; `options` replace entries of the caller's own. Returns what
   * the method returns: a promise, or of `containers.logs` an async iterable.
   */
  proceed(options?: CallOptions & Record<string, unknown>): unknown;
}

/** What is done around each call; its result is the call's. */
export type Interceptor = (call: RuntimeCall) => unknown;

export type RuntimeRole =
  | "containers"
  | "images"
  | "networks"
  | "volumes"
  | "housekeeping"
  | "groups";

/**
 * A runtime of which every call passes through `around`. `close` and the properties are `runtime`'s own.
 */
export function interceptRuntime(runtime: ContainerRuntime, around: Interceptor): ContainerRuntime {
  const role = <Role extends object>(group: RuntimeRole, target: Role): Role =>
    interceptRole(group, target, around);
  return {
    name: runtime.name,
    get capabilities() {
      return runtime.capabilities;
    },
    info: wrap(runtime, "info", "info", around) as ContainerRuntime["info"],
    containers: role("containers", runtime.containers),
    images: role("images", runtime.images),
    networks: role("networks", runtime.networks),
    volumes: role("volumes", runtime.volumes),
    ...(runtime.housekeeping ? { housekeeping: role("housekeeping", runtime.housekeeping) } : {}),
    ...(runtime.groups ? { groups: role("groups", runtime.groups) } : {}),
    get machines() {
      return runtime.machines;
    },
    ...(runtime.dial
      ? { dial: wrap(runtime, "dial", "dial", around) as NonNullable<ContainerRuntime["dial"]> }
      : {}),
    close: () => runtime.close(),
  };
}

/** One role of a runtime, e.g. its `containers`, of which every call passes through `around`. */
export function interceptRole<Role extends object>(
  group: RuntimeRole,
  target: Role,
  around: Interceptor,
): Role {
  return new Proxy(target, {
    get(_, method) {
      const name = `${group}.${String(method)}`;
      return isCall(name) && method in target
        ? wrap(target, name, String(method), around)
        : (Reflect.get(target, method, target) as unknown);
    },
  });
}

function wrap(
  target: object,
  name: RuntimeCallName,
  method: string,
  around: Interceptor,
): (...given: unknown[]) => unknown {
  const position = OPTIONS_AT[name];
  return (...given) => {
    const args = given.slice(0, position);
    const own = (given[position] ?? {}) as CallOptions;
    return around({
      name,
      args,
      options: own,
      proceed: (options) =>
        Reflect.apply(
          Reflect.get(target, method) as (...values: unknown[]) => unknown,
          target,
          padded(args, position, { ...own, ...options }),
        ),
    });
  };
}

function isCall(name: string): name is RuntimeCallName {
  return Object.hasOwn(OPTIONS_AT, name);
}

function padded(args: readonly unknown[], position: number, options: CallOptions): unknown[] {
  const all = [...args];
  all[position] = options;
  return all;
}
