import type { Clock } from "../model/clock.js";
import { K3dError, isK3dError, throwIfAborted } from "../errors/index.js";
import { kubeconfigEntries, type KubeconfigEntries } from "../kubeconfig/index.js";
import { fetchKubeconfig } from "../kubeconfig/fetch.js";
import { isKubernetesNode } from "../node/kubernetes-node.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import {
  type KubeClient,
  type KubeClientFactory,
  type KubeNode,
  kubeNodes,
} from "./kube-client.js";
import type { StepContext } from "../events/step-context.js";
import { type WaitLevel, whyNoPod } from "./usable.js";
import { k3sPhase } from "./k3s-phase.js";
import {
  LOG_LINES,
  NodeWatch,
  type RestartTolerance,
  lastLines,
  tellingLines,
} from "./node-watch.js";

/** Time limit for waiting when none is given, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 300_000;

export interface ReadinessDeps {
  runtime: ContainerRuntime;
  clock: Clock;
  kube: KubeClientFactory;
}

export interface ApiTarget {
  cluster: string;
  /** Server whose kubeconfig is used and whose life is watched. */
  server: string;
  /** URL that clients use. */
  url: string;
  /** Where the API is published, for a name in the URL that only others can resolve. */
  hostIp?: string;
  tolerance: RestartTolerance;
}

/** Answers and connection errors that mean: not with these certificates. */
const REFUSED = /^HTTP 40[13]$|CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|EPROTO/;

/** Shortest and longest pause between two looks, in milliseconds. */
const PAUSE = { first: 40, last: 75, factor: 1.25 } as const;

/** Repeats `look` until it gives a value; pauses grow. */
export async function until<T>(
  clock: Clock,
  signal: AbortSignal,
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (let pause: number = PAUSE.first; ; pause = Math.min(PAUSE.last, pause * PAUSE.factor)) {
    throwIfAborted(signal);
    const value = await look();
    if (value !== undefined) return value;
    await clock.sleep(pause, signal);
  }
}

/**
 * Resolves with the admin's entries once k3s has written them.
 *
 * @param tell called at each look at what is waited for
 */
export async function waitForKubeconfig(
  { runtime, clock }: Pick<ReadinessDeps, "runtime" | "clock">,
  target: ApiTarget,
  signal: AbortSignal,
  tell: () => Promise<void> = async () => {},
): Promise<KubeconfigEntries> {
  const watch = new NodeWatch(runtime);
  const alive = everySecond(clock, () => watch.check(target.server, target.tolerance, signal));
  return until(clock, signal, async () => {
    await alive();
    await tell();
    try {
      return await kubeconfigEntries(
        await fetchKubeconfig(runtime, target.server, signal),
        target.cluster,
        target.url,
      );
    } catch (error) {
      if (isK3dError(error, "NOT_FOUND", "CONTAINER_FAILED")) return undefined;
      throw error;
    }
  });
}

/** Resolves once `/readyz` answers 200 at the URL that clients use. */
export async function waitForApi(
  deps: ReadinessDeps,
  target: ApiTarget,
  signal: AbortSignal,
  progress: (message: string) => void = () => {},
): Promise<KubeClient> {
  let last = "";
  const tell = everySecond(deps.clock, async () => {
    const phase = await k3sPhase(deps.runtime, target.server);
    if (phase !== undefined && phase !== last) progress(phase);
    last = phase ?? last;
  });
  const connect = async (): Promise<KubeClient> =>
    deps.kube(await waitForKubeconfig(deps, target, signal, tell), target.hostIp);
  let client = await connect();
  const watch = new NodeWatch(deps.runtime);
  const alive = everySecond(deps.clock, () => watch.check(target.server, target.tolerance, signal));
  return until(deps.clock, signal, async () => {
    await alive();
    const state = await client.send({ path: "/readyz" }, signal).then(
      ({ status }) => (status === 200 ? undefined : `HTTP ${status}`),
      (error: unknown) => describe(error),
    );
    throwIfAborted(signal);
    if (state === undefined) return client;
    // k3s renews certificates at its start, perhaps after the kubeconfig was read.
    if (REFUSED.test(state)) client = await connect();
    await tell();
    return undefined;
  });
}

/** A node that shall register, by its container's and its Kubernetes name. */
export interface ExpectedNode {
  container: string;
  kubernetesNode: string;
  tolerance: RestartTolerance;
}

/** Resolves once all of them are as far as `level` says. */
export async function waitForNodes(
  deps: ReadinessDeps,
  client: KubeClient,
  expected: readonly ExpectedNode[],
  level: WaitLevel,
  signal: AbortSignal,
  progress: StepContext["progress"] = () => {},
): Promise<void> {
  let missing = [...expected];
  let told = "";
  const tell = (message: string, current: number): void => {
    if (message !== told) progress(message, current, expected.length);
    told = message;
  };
  const watch = new NodeWatch(deps.runtime);
  const alive = everySecond(deps.clock, async () => {
    await Promise.all(
      missing.map(({ container, tolerance }) => watch.check(container, tolerance, signal)),
    );
  });
  const find = (nodes: readonly KubeNode[], { kubernetesNode }: ExpectedNode): KubeNode[] =>
    nodes.filter(({ name }) => isKubernetesNode(kubernetesNode, name));
  await until(deps.clock, signal, async () => {
    await alive();
    const nodes = (await kubeNodes(client, signal).catch(() => undefined)) ?? [];
    throwIfAborted(signal);
    missing = expected.filter((node) => find(nodes, node).length === 0);
    const registered = expected.length - missing.length;
    if (missing.length > 0) {
      tell(`${registered} of ${expected.length} nodes registered`, registered);
      return undefined;
    }
    if (level === "registered") return true;
    if (level === "ready") {
      const ready = expected.filter((node) => find(nodes, node).some((found) => found.ready));
      if (ready.length < expected.length) {
        tell(`${ready.length} of ${expected.length} nodes are Ready`, ready.length);
        return undefined;
      }
    }
    const reason = await whyNoPod(client, signal).catch(() => "the API answers slowly");
    throwIfAborted(signal);
    if (reason === undefined) return true;
    tell(`not usable yet: ${reason}`, registered);
    return undefined;
  });
}

/**
 * Runs `work` under a time limit.
 *
 * @param limit.spentMs part of the limit that is over already.
 * @throws `TIMEOUT` that says what was waited for, with the server's last words.
 */
export async function withTimeout<T>(
  {
    what,
    ms,
    spentMs = 0,
    runtime,
    server,
  }: { what: string; ms: number; spentMs?: number; runtime: ContainerRuntime; server: string },
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timer = AbortSignal.timeout(Math.max(0, Math.ceil(ms - spentMs)));
  const both = signal === undefined ? timer : AbortSignal.any([signal, timer]);
  try {
    return await work(both);
  } catch (error) {
    if (!timer.aborted || signal?.aborted) throw error;
    // Streams that are cut off fail with errors of their own.
    if (isK3dError(error) && error.code !== "ABORTED") throw error;
    throw new K3dError("TIMEOUT", `${what} did not become ready within ${ms / 1000} s`, {
      hint: "Give it more time with --timeout, look at the nodes' logs with --no-rollback, or see what k3d doctor finds.",
      details: { server, log: tellingLines(await lastLines(runtime, server, LOG_LINES)) },
    });
  }
}

/** `work` at most once a second, however often it is asked for. */
export function everySecond(clock: Clock, work: () => Promise<void>): () => Promise<void> {
  let last = clock.now();
  return async () => {
    if (clock.now() - last < 1000) return;
    last = clock.now();
    await work();
  };
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
