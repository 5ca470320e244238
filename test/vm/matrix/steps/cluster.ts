import { isDeepStrictEqual } from "node:util";
import { eventually } from "../../machine/eventually.ts";
import type { Trial } from "../trial.ts";

/** Minutes for what takes seconds on a machine with hardware acceleration. */
const PATIENCE = 12;

interface KubernetesNode {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastHeartbeatTime?: string;
    }[];
  };
}

/** Seconds since 1970 by the machine's clock. */
export async function now(trial: Trial): Promise<number> {
  return Number(await trial.root.run(["date", "+%s"]));
}

/** All containers run, and where they had addresses these are the same. */
export async function allRun(trial: Trial): Promise<void> {
  const found = await trial.containers();
  const running = found.filter((container) => container.running).map(({ name }) => name);
  mustEqual("running containers", running, trial.containerNames);
  const addresses = Object.fromEntries(found.map(({ name, addresses: own }) => [name, own]));
  if (Object.keys(trial.addresses).length > 0) mustEqual("addresses", addresses, trial.addresses);
  trial.addresses = addresses;
}

/** No container of the cluster runs. */
export async function noneRuns(trial: Trial): Promise<void> {
  const running = (await trial.containers()).filter((container) => container.running);
  const names = running.map(({ name }) => name);
  mustEqual("running containers", names, []);
}

/**
 * The API answers through the load balancer, takes a write, and every node is Ready by a heartbeat
 * of its own that is no older than the given moment.
 */
export async function serves(trial: Trial, since = 0): Promise<void> {
  await takesAWrite(trial);
  await nodesAreReady(trial, since);
}

async function takesAWrite(trial: Trial): Promise<void> {
  const ready = ["get", "--raw", "/readyz", "--request-timeout=30s"];
  mustEqual("/readyz", await trial.kubectl(ready), "ok");
  const namespace = `write-${Date.now()}`;
  await trial.kubectl(["create", "namespace", namespace]);
  await trial.kubectl(["delete", "namespace", namespace, "--wait=false"]);
}

async function nodesAreReady(trial: Trial, since: number): Promise<void> {
  await eventually("all nodes are Ready", PATIENCE, async () => {
    const list = JSON.parse(await trial.kubectl(["get", "nodes", "-o", "json"])) as {
      items: KubernetesNode[];
    };
    const ready = list.items.filter((node) => isReady(node, since));
    mustEqual("Ready nodes", ready.map(({ metadata }) => metadata.name).sort(), trial.nodeNames);
  });
}

function isReady({ status }: KubernetesNode, since: number): boolean {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && Date.parse(ready.lastHeartbeatTime ?? "") / 1000 >= since;
}

/** The cluster comes back by itself after something that happened at the given moment. */
export async function comesBack(trial: Trial, since: number): Promise<void> {
  await eventually("all containers run again", PATIENCE, () => allRun(trial));
  // Of several servers one answers before the others do, which the load balancer does not know.
  await eventually("the API answers again", PATIENCE, () => takesAWrite(trial));
  await nodesAreReady(trial, since);
}

/** @throws Error that shows both */
export function mustEqual(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);
}
