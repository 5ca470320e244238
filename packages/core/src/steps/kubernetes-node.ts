import { K3dError, isK3dError, parseAnswer, toK3dError } from "../errors/index.js";
import type { StepContext } from "../events/index.js";
import { isKubernetesNode, registeredName } from "../node/kubernetes-node.js";
import { anyServer } from "../node/find.js";
import type { DesiredNode } from "../plan/desired.js";
import type { ObservedNode } from "../plan/observed.js";
import { isNotFound, kubeNodes, type KubeNode } from "../readiness/kube-client.js";
import { until } from "../readiness/cluster-ready.js";
import { exec } from "../runtime/run-command.js";
import type { Step } from "./graph.js";
import type { ApiOutcome } from "./ready.js";
import type { World } from "./world.js";

/** k3s sets it on each server that is a member of etcd. */
const ETCD_LABEL = "node-role.kubernetes.io/etcd";
/** Asks k3s (since v1.22) to take the node out of etcd, and what it then writes: pkg/etcd/etcd.go of k3s. */
const REMOVE_ANNOTATION = "etcd.k3s.cattle.io/remove";
const REMOVED_ANNOTATION = "etcd.k3s.cattle.io/removed-node-name";
/** The first minor release of Kubernetes whose k3s does. Older ones take the member out when its Node goes. */
const FIRST_TO_REMOVE = 22;
/** Milliseconds for k3s to take a member out. */
const MEMBER_MS = 20_000;
/** Milliseconds for the API to remove an object. */
const REMOVAL_MS = 15_000;
/** Its finalizer on the Node of a member that is still to be taken out: pkg/etcd/controller.go of k3s. */
const ETCD_FINALIZER = "wrangler.cattle.io/managed-etcd-controller";
/** Milliseconds for the other finalizers of a Node whose container goes next. */
const FINALIZERS_MS = 10_000;

/** Moves a node's pods elsewhere, as `kubectl drain` does. */
export function drainStep(node: ObservedNode, world: World, needs: readonly string[]): Step {
  return {
    id: `drain:${node.name}`,
    title: `Drain ${node.role} ${node.name}`,
    needs,
    async run({ signal }) {
      const servers = (world.observed?.nodes ?? []).filter(({ id }) => id !== node.id);
      const server = anyServer(servers);
      const name = kubernetesName(node);
      if (server === undefined || name === undefined) return;
      const flags = ["--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=120s"];
      await exec(world.runtime, server.name, ["kubectl", "drain", name, ...flags], { signal });
    },
  };
}

/**
 * Makes the cluster forget a node: its etcd member, its Node object and its
 * password, in both places where k3s has kept that. Only so can another node of
 * the same name join.
 */
export function forgetNodeStep(
  node: ObservedNode,
  world: World,
  outcome: ApiOutcome,
  needs: readonly string[],
): Step {
  return forgetStep({ ...node, kubernetesNode: kubernetesName(node) }, world, outcome, needs);
}

/**
 * Makes the cluster forget what it still knows of a node whose container is gone, before another one
 * of its name is made: it would be refused, or taken for one that has joined already.
 */
export function forgetLostStep(
  { name, kubernetesNode }: DesiredNode,
  world: World,
  outcome: ApiOutcome,
): Step {
  return forgetStep({ name, kubernetesNode, isLost: true }, world, outcome, []);
}

/** What is to be forgotten. */
interface Forgotten {
  name: string;
  /** Its name there, but for what k3s may append. */
  kubernetesNode: string | undefined;
  /** Its container; absent when that is gone. */
  id?: string;
  /** Nothing is done where Kubernetes does not know it. */
  isLost?: boolean;
}

function forgetStep(
  node: Forgotten,
  world: World,
  outcome: ApiOutcome,
  needs: readonly string[],
): Step {
  const { name, kubernetesNode: expected } = node;
  return {
    id: `forget:${name}`,
    title: node.isLost ? `Look for a former ${name}` : `Remove ${name} from Kubernetes`,
    needs,
    async run(context) {
      if (expected === undefined) return;
      try {
        await forget(expected, node, world, outcome, context);
      } catch (error) {
        if (context.signal.aborted || !isK3dError(error, "TIMEOUT", "COMMAND_FAILED")) throw error;
        const message = `Kubernetes still lists node ${expected}: ${toK3dError(error).message}`;
        const hint = `Remove it with: kubectl delete node ${expected}`;
        world.collaborators.events.emit({ type: "warning", message, hint });
      }
    },
  };
}

async function forget(
  expected: string,
  node: Forgotten,
  world: World,
  outcome: ApiOutcome,
  context: StepContext,
): Promise<void> {
  const { client } = outcome;
  if (client === undefined) return;
  const { signal } = context;
  const found = (await kubeNodes(client, signal))?.find(({ name }) =>
    isKubernetesNode(expected, name),
  );
  if (found === undefined && node.isLost === true) return;
  if (found !== undefined) {
    if (ETCD_LABEL in found.labels) await leaveEtcd(found, world, outcome, context);
    await remove(outcome, `/api/v1/nodes/${found.name}`, world.collaborators, signal);
    await untilGone(found, node.isLost ? MEMBER_MS : FINALIZERS_MS, world, outcome, context);
  }
  const name = found?.name ?? expected;
  const password = `/api/v1/namespaces/kube-system/secrets/${name}.node-password.k3s`;
  await remove(outcome, password, world.collaborators, signal);
  const servers = (world.observed?.nodes ?? []).filter(
    ({ role, status, id }) => role === "server" && status === "running" && id !== node.id,
  );
  await Promise.all(servers.map((server) => forgetOldPassword(name, server.name, world, signal)));
}

/**
 * A Node stays for a moment after its deletion: k3s' finalizer takes a member out of etcd then. Other finalizers are
 * seen to by the server that leads; where that is the one that goes, another takes its place only when it is gone.
 */
async function untilGone(
  { name }: KubeNode,
  finalizersMs: number,
  { collaborators: { clock, events } }: World,
  { client }: ApiOutcome,
  { signal, progress }: StepContext,
): Promise<void> {
  const asked = clock.now();
  let leftEtcdAt: number | undefined;
  let finalizers: readonly string[] = [];
  const isGone = await until(clock, signal, async () => {
    const answer = await client
      ?.send({ path: `/api/v1/nodes/${name}` }, signal)
      .catch(() => undefined);
    if (answer !== undefined && isNotFound(answer)) return true;
    if (answer?.status === 200) {
      finalizers = finalizersIn(answer.body);
      if (!finalizers.includes(ETCD_FINALIZER)) leftEtcdAt ??= clock.now();
    }
    progress(leftEtcdAt === undefined ? "leaving etcd" : "waiting until its Node is gone");
    const limit = leftEtcdAt === undefined ? asked + MEMBER_MS : leftEtcdAt + finalizersMs;
    return clock.now() > limit ? false : undefined;
  });
  if (isGone) return;
  const waits = finalizers.length > 0 ? `: it waits for ${finalizers.join(" and ")}` : "";
  events.emit({
    type: "warning",
    message: `Kubernetes has not finished removing node ${name}${waits}`,
    hint: `It should go within a minute; look with: kubectl get node ${name}. Should it stay: kubectl patch node ${name} --type merge --patch '{"metadata":{"finalizers":null}}'`,
  });
}

function finalizersIn(body: string): readonly string[] {
  const { metadata } = parseAnswer<{ metadata?: { finalizers?: string[] } }>(body, "read a node");
  return metadata?.finalizers ?? [];
}

async function leaveEtcd(
  { name, version }: KubeNode,
  { collaborators }: World,
  { client }: ApiOutcome,
  { signal, progress }: StepContext,
): Promise<void> {
  if (client === undefined || isBefore(version, FIRST_TO_REMOVE)) return;
  progress("leaving etcd");
  const path = `/api/v1/nodes/${name}`;
  const body = { metadata: { annotations: { [REMOVE_ANNOTATION]: "true" } } };
  const { status } = await client.send({ method: "PATCH", path, body }, signal);
  if (status >= 300) return;
  const deadline = collaborators.clock.now() + MEMBER_MS;
  await until(collaborators.clock, signal, async () => {
    if (collaborators.clock.now() > deadline) return true;
    const answer = await client.send({ path }, signal).catch(() => undefined);
    if (answer === undefined) return undefined;
    return answer.body.includes(REMOVED_ANNOTATION) || isNotFound(answer) ? true : undefined;
  });
}

/** One whose release is not known is not. */
function isBefore(version: string | undefined, minor: number): boolean {
  const found = /^v1\.(\d+)\./.exec(version ?? "")?.[1];
  return found !== undefined && Number(found) < minor;
}

/**
 * Tries again for a while where the API cannot just now, as while etcd chooses a leader.
 *
 * @throws `COMMAND_FAILED` unless it is gone.
 */
async function remove(
  { client }: ApiOutcome,
  path: string,
  { clock }: World["collaborators"],
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + REMOVAL_MS;
  const answer = await until(clock, signal, async () => {
    const said = await client?.send({ method: "DELETE", path }, signal, REMOVAL_MS);
    if (said === undefined || said.status < 300 || isNotFound(said)) return "gone";
    return said.status < 500 || clock.now() > deadline ? said : undefined;
  });
  if (answer === "gone") return;
  throw new K3dError("COMMAND_FAILED", `The API answers ${answer.status} to DELETE ${path}`);
}

/** Releases of k3s before v1.19 keep passwords in a file of each server. */
const FORGET_PASSWORD = `file=/var/lib/rancher/k3s/server/cred/node-passwd
[ -f "$file" ] || exit 0
awk -F, -v node="$1" '$2 != node && $3 != node' "$file" >"$file.k3d" && cat "$file.k3d" >"$file"
rm -f "$file.k3d"`;

async function forgetOldPassword(
  node: string,
  server: string,
  { runtime }: World,
  signal: AbortSignal,
): Promise<void> {
  await exec(runtime, server, ["sh", "-c", FORGET_PASSWORD, "sh", node], { signal });
}

export function kubernetesName({ role, info }: ObservedNode): string | undefined {
  return registeredName(role, info);
}
