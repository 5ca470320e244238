import { parseAnswer } from "../errors/index.js";
import type { KubeconfigEntries } from "../kubeconfig/document.js";

export interface KubeResponse {
  status: number;
  body: string;
}

export interface KubeRequest {
  /** Default `GET`. */
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path with query, from the root of the API. */
  path: string;
  /** Sent as JSON; a `PATCH` is a merge patch. */
  body?: unknown;
}

/** Requests to a cluster's API with its admin's certificate. */
export interface KubeClient {
  readonly entries: KubeconfigEntries;
  readonly url: string;
  /**
   * Rejects with the connection's error; any HTTP status is an answer.
   *
   * @param timeoutMs milliseconds for this request. Default 5000.
   */
  send(request: KubeRequest, signal: AbortSignal, timeoutMs?: number): Promise<KubeResponse>;
}

/**
 * Makes clients, injected so that waiting can be tested without a cluster.
 *
 * @param hostIp asked instead where the name in the URL cannot be resolved on this machine.
 */
export type KubeClientFactory = (entries: KubeconfigEntries, hostIp?: string) => KubeClient;

/** What is told of a Kubernetes Node. */
export interface KubeNode {
  name: string;
  ready: boolean;
  labels: Readonly<Record<string, string>>;
  /** Of kubelet, e.g. `v1.33.4+k3s1`. */
  version: string | undefined;
}

interface NodeList {
  items?: {
    metadata?: { name?: string; labels?: Record<string, string> };
    status?: {
      conditions?: { type?: string; status?: string }[];
      nodeInfo?: { kubeletVersion?: string };
    };
  }[];
}

/**
 * The registered Kubernetes nodes; `undefined` while the API refuses to tell.
 * Rejects with the connection's error.
 */
export async function kubeNodes(
  client: KubeClient,
  signal: AbortSignal,
): Promise<KubeNode[] | undefined> {
  const { status, body } = await client.send({ path: "/api/v1/nodes" }, signal);
  if (status !== 200) return undefined;
  const { items = [] } = parseAnswer<NodeList>(body, "list the Kubernetes nodes");
  return items.flatMap(({ metadata, status: state }) =>
    metadata?.name === undefined
      ? []
      : [
          {
            name: metadata.name,
            labels: metadata.labels ?? {},
            version: state?.nodeInfo?.kubeletVersion,
            ready: (state?.conditions ?? []).some(
              (condition) => condition.type === "Ready" && condition.status === "True",
            ),
          },
        ],
  );
}

/**
 * Whether the API has no such object. k3s answers for an API that does not run, as that of a server which has left
 * etcd, with a page of the same status.
 */
export function isNotFound({ status, body }: KubeResponse): boolean {
  return status === 404 && body.includes('"reason":"NotFound"');
}
