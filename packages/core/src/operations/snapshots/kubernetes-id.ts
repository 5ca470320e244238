import { K3dError, isK3dError, parseAnswer, throwIfAborted } from "../../errors/index.js";
import type { KubeClient } from "../../readiness/kube-client.js";
import { exec } from "../../runtime/run-command.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

const PATH = "/api/v1/namespaces/kube-system";

const UID = /^[0-9a-f-]{36}$/;

/**
 * Which cluster a datastore is of: the id of its namespace kube-system, which is made once and never
 * again.
 *
 * @returns `undefined` where the server does not tell it: the API may not answer just then
 */
export async function kubernetesIdOf(
  runtime: ContainerRuntime,
  server: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const args = "get namespace kube-system --request-timeout=10s -o jsonpath={.metadata.uid}";
  try {
    const told = await exec(runtime, server, ["kubectl", ...args.split(" ")], { signal });
    return UID.exec(told.trim())?.[0];
  } catch (error) {
    throwIfAborted(signal);
    if (isK3dError(error)) return undefined;
    throw error;
  }
}

/**
 * Looks that a cluster goes on with the data that it was given.
 *
 * @throws `CONTAINER_FAILED` when it has begun with a datastore of its own
 */
export async function checkKubernetesId(
  client: KubeClient,
  { cluster, snapshot, expected }: { cluster: string; snapshot: string; expected: string },
  signal: AbortSignal,
): Promise<void> {
  const { status, body } = await client.send({ path: PATH }, signal);
  if (status !== 200) return;
  const { metadata } = parseAnswer<{ metadata?: { uid?: string } }>(body, `read ${PATH}`);
  if (metadata?.uid === expected) return;
  throw new K3dError(
    "CONTAINER_FAILED",
    `Cluster '${cluster}' began with an empty datastore, not with that of snapshot '${snapshot}'`,
    {
      hint: "The snapshot is unchanged. Try again, and look at the servers' logs meanwhile: k3d logs CLUSTER.",
    },
  );
}
