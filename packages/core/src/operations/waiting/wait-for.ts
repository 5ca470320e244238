import { isK3dError, K3dError, throwIfAborted } from "../../errors/index.js";
import { nearest } from "../../model/nearest.js";
import { apiUrl } from "../../kubeconfig/entries.js";
import type { ReadinessDeps } from "../../readiness/index.js";
import { isKubernetesNode, registeredName } from "../../node/kubernetes-node.js";
import type { ClusterView } from "../../node/views.js";
import { withDetails } from "../../observe/details.js";
import {
  DEFAULT_TIMEOUT_MS,
  everySecond,
  until,
  waitForApi,
  withTimeout,
} from "../../readiness/cluster-ready.js";
import { kubeNodes, type KubeClient } from "../../readiness/kube-client.js";
import { JOINING, NodeWatch } from "../../readiness/node-watch.js";
import { whyNoPod } from "../../readiness/usable.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { WaitOptions } from "../options.js";
import { describeCondition, type WaitCondition } from "./conditions.js";
import { kubePods } from "./kube-state.js";

export interface WaitForOptions extends Omit<WaitOptions, "wait"> {
  /** Where pods are looked for. Default: in all namespaces. */
  namespace?: string | undefined;
  /** Told what is waited for, whenever that changes. */
  progress?: (message: string) => void;
}

/**
 * Resolves once all conditions hold for a cluster that runs, one after the other.
 *
 * @throws `TIMEOUT`; `CONTAINER_FAILED` when a node ends meanwhile; `NOT_FOUND` for a node that the
 * cluster has not, or a cluster without a server that tells where its API is
 */
export async function waitForConditions(
  cluster: ClusterView,
  conditions: readonly WaitCondition[],
  deps: ReadinessDeps,
  { timeoutMs, signal, namespace, progress = () => {} }: WaitForOptions = {},
): Promise<void> {
  const { name, api, nodes } = cluster;
  const servers = nodes.filter(({ role }) => role === "server");
  const server =
    servers.find(({ status, initServer }) => initServer && status === "running") ??
    servers.find(({ status }) => status === "running");
  if (server === undefined || api === undefined) {
    throw new K3dError("CONTAINER_FAILED", `No server of cluster '${name}' runs`, {
      hint: `Start it with: k3d cluster start ${name}`,
    });
  }
  const named = conditions.map((condition) => ({ ...condition, ...nodeOf(condition, cluster) }));
  const ms = timeoutMs || DEFAULT_TIMEOUT_MS;
  let last = "waiting for the API";
  const tell = (message: string): void => {
    if (message !== last) progress(message);
    last = message;
  };
  const limit = { what: `Cluster '${name}'`, ms, runtime: deps.runtime, server: server.name };
  const work = withTimeout(limit, signal, async (inner) => {
    const url = apiUrl(api.host, api.port);
    const { hostIp = "0.0.0.0" } = api;
    const target = { cluster: name, server: server.name, url, hostIp, tolerance: JOINING };
    const client = await waitForApi(deps, target, inner, tell);
    const watch = new NodeWatch(deps.runtime);
    const alive = everySecond(deps.clock, () => watch.check(server.name, JOINING, inner));
    for (const condition of named) {
      const look = await lookFor(condition, { cluster, client, namespace, ...deps }, inner);
      await until(deps.clock, inner, async () => {
        await alive();
        const missing = await look();
        throwIfAborted(inner);
        if (missing === undefined) return true;
        tell(missing);
        return undefined;
      });
    }
  });
  await work.catch((error: unknown) => {
    if (!isK3dError(error, "TIMEOUT")) throw error;
    const texts = conditions.map(describeCondition).join(", ");
    throw new K3dError(
      "TIMEOUT",
      `Cluster '${name}' did not reach ${texts} within ${ms / 1000} s: ${last}`,
      {
        hint: `Give it more time with --timeout, and see its logs with: k3d logs ${name}`,
        cause: error,
        details: error.details,
      },
    );
  });
}

/** The node that is meant, by its name with or without `k3d-`. */
function nodeOf(condition: WaitCondition, { name, nodes }: ClusterView): { name?: string } {
  if (condition.kind !== "node") return {};
  const k3s = nodes.filter(({ role }) => role === "server" || role === "agent");
  const wanted = [condition.name, `k3d-${condition.name}`];
  const node = k3s.find((candidate) => wanted.includes(candidate.name));
  if (node !== undefined) return { name: node.name };
  const names = k3s.map((candidate) => candidate.name);
  const near = nearest(condition.name, names);
  throw new K3dError("NOT_FOUND", `Cluster '${name}' has no node '${condition.name}'`, {
    hint: `${near === undefined ? "" : `Did you mean '${near}'? `}Nodes that run k3s: ${names.join(", ")}.`,
  });
}

interface Surroundings {
  cluster: ClusterView;
  client: KubeClient;
  runtime: ContainerRuntime;
  namespace: string | undefined;
}

/** A look at a condition: what is missing, `undefined` once it holds. */
async function lookFor(
  condition: WaitCondition,
  { cluster, client, runtime, namespace }: Surroundings,
  signal: AbortSignal,
): Promise<() => Promise<string | undefined>> {
  if (condition.kind === "pod-ready") {
    const { selector } = condition;
    return async () => {
      const pods = await kubePods(client, { selector, namespace }, signal);
      if (pods === undefined) return "waiting for the API";
      if (pods.length === 0) return `no pod with ${selector} yet`;
      const left = pods.filter(({ ready }) => !ready);
      return left.length === 0 ? undefined : notReady("pods", pods.length, left);
    };
  }
  const nodes = cluster.nodes.filter(
    (node) => condition.kind === "ready" || node.name === condition.name,
  );
  const expected = (await withDetails(runtime, nodes, { signal })).flatMap(
    ({ name, role, details }) =>
      details === undefined ? [] : (registeredName(role, { name, spec: details.spec }) ?? []),
  );
  return async () => {
    const found = await kubeNodes(client, signal).catch(() => undefined);
    if (found === undefined) return "waiting for the API";
    const left = expected.filter(
      (name) => !found.some((node) => node.ready && isKubernetesNode(name, node.name)),
    );
    if (left.length > 0)
      return notReady(
        "nodes",
        expected.length,
        left.map((name) => ({ name })),
      );
    if (condition.kind !== "ready") return undefined;
    const reason = await whyNoPod(client, signal).catch(() => "the API answers slowly");
    return reason === undefined ? undefined : `not usable yet: ${reason}`;
  };
}

/** `nodes ready 1/3, waiting for a, b`. */
function notReady(what: string, total: number, left: readonly { name: string }[]): string {
  const [first, second, ...more] = left.map(({ name }) => name);
  const names = [first, second, more.length > 0 ? `${more.length} more` : undefined];
  return `${what} ready ${total - left.length}/${total}, waiting for ${names.filter(Boolean).join(", ")}`;
}
