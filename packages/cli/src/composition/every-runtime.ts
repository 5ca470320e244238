import {
  listNodes,
  throwIfAborted,
  toK3dError,
  traceRuntime,
  type ContainerRuntime,
  type EventSink,
  type NodeView,
} from "@k3d/core";
import type { RuntimeCandidate } from "./runtime-candidates.js";
import {
  connectRuntime,
  detectRuntime,
  refuseReplacement,
  type SelectOptions,
} from "./select-runtime.js";

/** What one runtime has. */
export interface RuntimeListing {
  runtime: string;
  nodes: NodeView[];
}

export type EveryRuntimeOptions = Pick<
  SelectOptions,
  "candidates" | "runtimeOptions" | "signal" | "load"
> & {
  events?: EventSink;
  /** Fail when an engine that something names is not available, as choosing a runtime does. Default: `false`. */
  refuseReplacement?: boolean;
};

/** The nodes on every runtime that answers. */
export function listEveryRuntime(options: EveryRuntimeOptions): Promise<RuntimeListing[]> {
  const { signal } = options;
  return onEveryRuntime(options, async (runtime) => ({
    runtime: runtime.name,
    nodes: await listNodes(runtime, { signal }),
  }));
}

/**
 * What `work` gives on every runtime that can be connected to, all at once, in the order of the
 * candidates. One that fails meanwhile is warned of and left out.
 *
 * @param connected a connection that there is already: it is used, and left open
 */
export async function onEveryRuntime<T>(
  options: EveryRuntimeOptions,
  work: (runtime: ContainerRuntime) => Promise<T>,
  connected?: ContainerRuntime,
): Promise<T[]> {
  const results = await Promise.all(
    options.candidates.map(async (candidate): Promise<T[]> => {
      const isConnected = candidate.name === connected?.name;
      const runtime = isConnected ? connected : await connect(candidate, options);
      if (runtime === undefined) return [];
      try {
        return [await work(isConnected ? runtime : traced(runtime, options))];
      } catch (error) {
        leaveOut(candidate, error, options);
        return [];
      } finally {
        if (!isConnected) await runtime.close();
      }
    }),
  );
  return results.flat();
}

/**
 * Not asked first whether it is there: where it is, that takes as long as what it is to be asked.
 *
 * @returns `undefined` for one that is not available
 * @throws what {@link refuseReplacement} does, where that is wanted
 */
async function connect(
  candidate: RuntimeCandidate,
  options: EveryRuntimeOptions,
): Promise<ContainerRuntime | undefined> {
  try {
    return await connectRuntime(candidate, { ...options, besides: true });
  } catch (error) {
    throwIfAborted(options.signal);
    if (!options.refuseReplacement && toK3dError(error).code === "RUNTIME_UNAVAILABLE") return;
    const report = await detectRuntime(candidate, { ...options, besides: true });
    if (options.refuseReplacement) refuseReplacement(report);
    if (report.available) leaveOut(candidate, error, options);
    return;
  }
}

function leaveOut(
  { name }: RuntimeCandidate,
  error: unknown,
  { signal, events }: EveryRuntimeOptions,
): void {
  throwIfAborted(signal);
  const { message } = toK3dError(error);
  events?.emit({ type: "warning", message: `Runtime ${name} is left out: ${message}` });
}

function traced(runtime: ContainerRuntime, { events }: EveryRuntimeOptions): ContainerRuntime {
  return events === undefined ? runtime : traceRuntime(runtime, events);
}
