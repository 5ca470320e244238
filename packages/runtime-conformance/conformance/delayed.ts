import { Stream } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type {
  ContainerOperations,
  ContainerRuntime,
  GroupOperations,
  HousekeepingOperations,
  ImageOperations,
  NetworkOperations,
  VolumeOperations,
} from "@k3d/core/runtime";

/** How many turns of the event loop each call waits for, before and again after: the same numbers every time. */
export type Chance = () => number;

/** Numbers from 0 to `most`, the same for each seed. Source: mulberry32, a generator in the public domain. */
export function chance(seed: number, most: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % (most + 1);
  };
}

/**
 * `runtime` as behind a slow connection: every call reaches it late, and its answer is late too, each
 * by a number of turns of the event loop, so that calls and answers pass each other. It is written
 * against the contract alone: a wrapper of somebody else's must pass the suite as well.
 */
export function delayed(runtime: ContainerRuntime, next: Chance): ContainerRuntime {
  const wait = async (): Promise<void> => {
    for (let turns = next(); turns > 0; turns--) await turn();
  };
  const late =
    (call: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      for (const arg of args) keepErrors(arg);
      await wait();
      try {
        const answer = await call(...args);
        keepErrors(answer);
        return answer;
      } finally {
        await wait();
      }
    };
  const role = <Role extends object>(target: Role): Role =>
    new Proxy(target, {
      get(_, name) {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== "function") return member;
        const call = (member as (...args: unknown[]) => unknown).bind(target);
        return name === "logs" ? lateEach(call as never, wait) : late(call);
      },
    });
  return {
    name: runtime.name,
    // It may be a promise, as of an engine that is asked for them.
    capabilities: wait().then(() => runtime.capabilities),
    info: late((options) => runtime.info(options as never)) as ContainerRuntime["info"],
    containers: role<ContainerOperations>(runtime.containers),
    images: role<ImageOperations>(runtime.images),
    networks: role<NetworkOperations>(runtime.networks),
    volumes: role<VolumeOperations>(runtime.volumes),
    ...(runtime.housekeeping === undefined
      ? {}
      : { housekeeping: role<HousekeepingOperations>(runtime.housekeeping) }),
    ...(runtime.groups === undefined ? {} : { groups: role<GroupOperations>(runtime.groups) }),
    close: async () => {
      await wait();
      await runtime.close();
    },
  };
}

/** Streams and promises on their way may break while nobody has hold of them: their taker still hears of it. */
function keepErrors(value: unknown): void {
  if (value instanceof Stream) value.on("error", () => {});
  if (typeof value !== "object" || value === null) return;
  const { stdin, stdout, stderr, exitCode } = value as Record<string, unknown>;
  for (const stream of [stdin, stdout, stderr])
    if (stream instanceof Stream) stream.on("error", () => {});
  if (exitCode instanceof Promise) exitCode.catch(() => {});
}

/** Lines that come late, one after the other. */
function lateEach(
  call: ContainerOperations["logs"],
  wait: () => Promise<void>,
): ContainerOperations["logs"] {
  return async function* (id, options) {
    await wait();
    for await (const entry of call(id, options)) {
      await wait();
      yield entry;
    }
  };
}
