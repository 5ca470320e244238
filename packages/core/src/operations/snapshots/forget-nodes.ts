import { K3dError, parseAnswer } from "../../errors/index.js";
import { isKubernetesNode } from "../../node/kubernetes-node.js";
import { isNotFound, kubeNodes, type KubeClient } from "../../readiness/kube-client.js";

interface Named {
  metadata?: { name?: string; namespace?: string };
}

/**
 * Removes the Node objects that no node of the cluster stands for, with their passwords and the pods
 * that were on them: their controllers make those anew elsewhere at once. Local PersistentVolumes
 * move to the nodes that have their files now.
 *
 * All of it may be done twice.
 *
 * @param present names of the Kubernetes Nodes that there shall be.
 * @param successors the present node for each former one.
 */
export async function forgetNodes(
  client: KubeClient,
  present: readonly string[],
  successors: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string[]> {
  const gone = ((await kubeNodes(client, signal)) ?? [])
    .map(({ name }) => name)
    .filter((name) => !present.some((expected) => isKubernetesNode(expected, name)));
  await moveVolumes(client, gone, successors, signal);
  for (const name of gone) {
    await remove(client, `/api/v1/nodes/${name}`, signal);
    await remove(
      client,
      `/api/v1/namespaces/kube-system/secrets/${name}.node-password.k3s`,
      signal,
    );
    const selector = encodeURIComponent(`spec.nodeName=${name}`);
    const pods = await list<PodItem>(client, `/api/v1/pods?fieldSelector=${selector}`, signal);
    for (const { metadata, spec } of pods) {
      if (spec?.nodeName !== name) continue;
      const { name: pod = "", namespace = "" } = metadata ?? {};
      await remove(
        client,
        `/api/v1/namespaces/${namespace}/pods/${pod}?gracePeriodSeconds=0`,
        signal,
      );
    }
  }
  return gone;
}

interface PodItem extends Named {
  spec?: { nodeName?: string };
}

interface VolumeItem extends Named {
  spec?: {
    nodeAffinity?: {
      required?: { nodeSelectorTerms?: { matchExpressions?: { values?: string[] }[] }[] };
    };
  };
  status?: unknown;
}

/** What ties a volume to a node cannot be changed: the object is made anew, and its claim finds it by its name. */
async function moveVolumes(
  client: KubeClient,
  gone: readonly string[],
  successors: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  if (gone.length === 0) return;
  const path = "/api/v1/persistentvolumes";
  for (const volume of await list<VolumeItem>(client, path, signal)) {
    const name = volume.metadata?.name ?? "";
    const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
    const expressions = terms.flatMap(({ matchExpressions = [] }) => matchExpressions);
    if (!expressions.some(({ values = [] }) => values.some((value) => gone.includes(value))))
      continue;
    for (const expression of expressions) {
      expression.values = expression.values?.map((value) => successors.get(value) ?? value);
    }
    const { metadata, status: _, ...rest } = volume;
    const {
      resourceVersion: _version,
      uid: _uid,
      creationTimestamp: _created,
      managedFields: _fields,
      ...kept
    } = metadata as Record<string, unknown>;
    await remove(client, `${path}/${name}`, signal);
    // Its protection would keep it until no claim has it.
    const body = { metadata: { finalizers: null } };
    await client.send({ method: "PATCH", path: `${path}/${name}`, body }, signal);
    const made = await client.send(
      { method: "POST", path, body: { ...rest, metadata: kept } },
      signal,
    );
    // Sent twice, it is there already.
    if (made.status >= 300 && made.status !== 409) throw refused("POST", path, made.status);
  }
}

async function list<Item>(client: KubeClient, path: string, signal: AbortSignal): Promise<Item[]> {
  const { status, body } = await client.send({ path }, signal);
  if (status !== 200) throw refused("GET", path, status);
  return parseAnswer<{ items?: Item[] }>(body, `read ${path}`).items ?? [];
}

async function remove(client: KubeClient, path: string, signal: AbortSignal): Promise<void> {
  const answer = await client.send({ method: "DELETE", path }, signal);
  if (answer.status >= 300 && !isNotFound(answer)) throw refused("DELETE", path, answer.status);
}

const refused = (method: string, path: string, status: number): K3dError =>
  new K3dError("COMMAND_FAILED", `The API answers ${status} to ${method} ${path}`);
