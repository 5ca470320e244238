import { clusterViews, listNodes } from "@k3d/core";
import { detectRuntime, type SelectOptions } from "./select-runtime.js";
import { loadRuntimeFactory } from "./runtime-candidates.js";

/** Names of the clusters on all runtimes that answer, but for the one in use. */
export async function clustersElsewhere(
  used: string,
  options: Pick<SelectOptions, "candidates" | "runtimeOptions" | "signal">,
): Promise<ReadonlySet<string>> {
  const { candidates, runtimeOptions, signal } = options;
  const names = new Set<string>();
  for (const candidate of candidates.filter(({ name }) => name !== used)) {
    if (!(await detectRuntime(candidate, options)).available) continue;
    const factory = await loadRuntimeFactory(candidate);
    const runtime = await factory.create({ ...runtimeOptions, signal });
    try {
      for (const { name } of clusterViews(await listNodes(runtime, { signal }))) names.add(name);
    } finally {
      await runtime.close();
    }
  }
  return names;
}
