import { K3dError, parseAnswer } from "../../errors/index.js";
import type { KubeClient } from "../../readiness/kube-client.js";

/** The part of a Pod that is looked at. */
interface KubeObject {
  metadata?: { name?: string; namespace?: string };
  status?: { phase?: string; conditions?: { type?: string; status?: string }[] };
}

/** A name with whether it is Ready. */
interface Readiness {
  name: string;
  ready: boolean;
}

/**
 * The pods that a selector selects; `undefined` while the API has no answer.
 *
 * @param namespace all namespaces where absent
 * @throws `INVALID_INPUT` for a selector that the API does not understand
 */
export async function kubePods(
  client: KubeClient,
  { selector, namespace }: { selector: string; namespace?: string | undefined },
  signal: AbortSignal,
): Promise<Readiness[] | undefined> {
  const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const path = `/api/v1${within}/pods?labelSelector=${encodeURIComponent(selector)}`;
  const pods = await items(client, path, signal, (message) => {
    throw new K3dError("INVALID_INPUT", `'${selector}' is not a label selector: ${message}`, {
      hint: "Write it as for kubectl get pods --selector, e.g. app=web,tier!=cache",
    });
  });
  return pods?.map(({ metadata, status }) => ({
    name: `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`,
    ready: status?.phase === "Succeeded" || isReady(status),
  }));
}

function isReady(status: KubeObject["status"]): boolean {
  return (status?.conditions ?? []).some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  );
}

async function items(
  client: KubeClient,
  path: string,
  signal: AbortSignal,
  refused: (message: string) => never,
): Promise<KubeObject[] | undefined> {
  const answer = await client.send({ path }, signal).catch(() => undefined);
  if (answer?.status === 400) {
    refused(
      parseAnswer<{ message?: string }>(answer.body, `ask for ${path}`).message ?? "HTTP 400",
    );
  }
  if (answer?.status !== 200) return undefined;
  return parseAnswer<{ items?: KubeObject[] }>(answer.body, `ask for ${path}`).items ?? [];
}
