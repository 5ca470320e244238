import {
  listNodes,
  throwIfAborted,
  toK3dError,
  traceRuntime,
  type ContainerRuntime,
  type EventSink,
  type NodeView,
} from "@k3d/core";
import { loadRuntimeFactory, type RuntimeCandidate } from "./runtime-candidates.js";
import { detectRuntime, refuseReplacement, type SelectOptions } from "./select-runtime.js";

/** What one runtime has. */
export interface RuntimeListing {
  runtime: string;
  nodes: NodeView[];
}

type Options = Pick<SelectOptions, "candidates" | "runtimeOptions" | "signal" | "load"> & {
  events?: EventSink;
  /** Fail when an engine that something names is not available, as choosing a runtime does. Default: `false`. */
  refuseReplacement?: boolean;
};

/** The nodes on every runtime that answers. */
export function listEveryRuntime(options: Options): Promise<RuntimeListing[]> {
  const { signal } = options;
  return onEveryRuntime(options, async (runtime) => ({
    runtime: runtime.name,
    nodes: await listNodes(runtime, { signal }),
  }));
}

/**
 * What `work` gives on every runtime that answers, all at once, in the order of the candidates. One
 * that fails meanwhile is warned of and left out.
 *
 * @param connected a connection that there is already: it is used, and left open
 */
export async function onEveryRuntime<T>(
  options: Options,
  work: (runtime: ContainerRuntime) => Promise<T>,
  connected?: ContainerRuntime,
): Promise<T[]> {
  const { candidates, signal, events } = options;
  const results = await Promise.all(
    candidates.map(async (candidate): Promise<T[]> => {
      const isConnected = candidate.name === connected?.name;
      if (!isConnected) {
        const report = await detectRuntime(candidate, options);
        if (options.refuseReplacement) refuseReplacement(report);
        if (!report.available) return [];
      }
      try {
        return [await (isConnected ? work(connected) : onOne(candidate, options, work))];
      } catch (error) {
        throwIfAborted(signal);
        const { message } = toK3dError(error);
        events?.emit({
          type: "warning",
          message: `Runtime ${candidate.name} is left out: ${message}`,
        });
        return [];
      }
    }),
  );
  return results.flat();
}

async function onOne<T>(
  candidate: RuntimeCandidate,
  { runtimeOptions, signal, events, load = loadRuntimeFactory }: Options,
  work: (runtime: ContainerRuntime) => Promise<T>,
): Promise<T> {
  const runtime = await (await load(candidate)).create({ ...runtimeOptions, signal });
  try {
    return await work(events === undefined ? runtime : traceRuntime(runtime, events));
  } finally {
    await runtime.close();
  }
}
