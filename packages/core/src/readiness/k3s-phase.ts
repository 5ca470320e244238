import type { ContainerRuntime } from "../runtime/runtime.js";
import { lastLines } from "./node-watch.js";

/**
 * What k3s' log lines say about how far a server has come, from the last to the first.
 * Source: the messages of k3s' `pkg/cli/server`, `pkg/daemons` and `pkg/etcd`.
 */
const PHASES: readonly (readonly [RegExp, string])[] = [
  [/k3s is up and running/i, "k3s is up"],
  [
    /Kube API server is now running|kube-apiserver.*(?:ready|is now running)/i,
    "the API server runs",
  ],
  [/Waiting for API server to become available/i, "waiting for the API server"],
  [/Running kube-apiserver/i, "starting the API server"],
  [/Waiting for etcd|etcd.*(?:learner|promot)/i, "waiting for etcd"],
  [/Starting etcd|Managed etcd cluster/i, "starting etcd"],
  [/Containerd is now running/i, "containerd runs"],
  [/Waiting for containerd|Running containerd/i, "starting containerd"],
  [/Preparing data dir|Acquiring lock file/i, "unpacking k3s"],
  [/Starting k3s/i, "starting k3s"],
];

/** Enough lines to hold one of those above between the others. */
const LINES = 60;

/** How far a server has come by its own words; `undefined` where they do not tell. */
export async function k3sPhase(
  runtime: ContainerRuntime,
  server: string,
): Promise<string | undefined> {
  const lines = await lastLines(runtime, server, LINES);
  for (const line of lines.toReversed()) {
    const phase = phaseOf(line);
    if (phase !== undefined) return phase;
  }
  return undefined;
}

export function phaseOf(line: string): string | undefined {
  return PHASES.find(([pattern]) => pattern.test(line))?.[1];
}
