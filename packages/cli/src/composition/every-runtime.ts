import { listNodes, toK3dError, type EventSink, type NodeView } from "@k3d/core";
import { loadRuntimeFactory } from "./runtime-candidates.js";
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

/**
 * The nodes on every runtime that answers, all asked at once, in the order of the candidates. One
 * that fails while it is asked is warned of and left out.
 */
export async function listEveryRuntime(options: Options): Promise<RuntimeListing[]> {
  const { candidates, runtimeOptions, signal, load = loadRuntimeFactory, events } = options;
  const listings = await Promise.all(
    candidates.map(async (candidate): Promise<RuntimeListing[]> => {
      const report = await detectRuntime(candidate, options);
      if (options.refuseReplacement) refuseReplacement(report);
      if (!report.available) return [];
      try {
        const runtime = await (await load(candidate)).create({ ...runtimeOptions, signal });
        try {
          return [{ runtime: candidate.name, nodes: await listNodes(runtime, { signal }) }];
        } finally {
          await runtime.close();
        }
      } catch (error) {
        const { message } = toK3dError(error);
        events?.emit({
          type: "warning",
          message: `Runtime ${candidate.name} is left out: ${message}`,
        });
        return [];
      }
    }),
  );
  return listings.flat();
}
