/**
 * The containers of a cluster, started as somebody would who knows Docker's command line: what k3d is measured against.
 */
import { randomBytes, randomInt } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { poll } from "../../engine/host/poll.ts";

/** Images of the containers. */
export interface Images {
  node: string;
  loadBalancer: string;
}

const READY_WITHIN = 150_000;

const docker = async (...args: string[]): Promise<string> =>
  (await execa("docker", args, { timeout: READY_WITHIN })).stdout;

/** Creates network, server and load balancer and waits until the API answers `/readyz`. @returns milliseconds */
export async function createByHand(images: Images): Promise<number> {
  return (await lifeByHand(images)).create;
}

/** What is made by hand beside a load balancer. */
export interface Size {
  /** Default 1. */
  servers?: number;
  /** Default 0. */
  agents?: number;
  /** Environment of the nodes, by what they are. */
  env?: Partial<Record<"server" | "agent", Readonly<Record<string, string>>>>;
}

/** Milliseconds of each part of a cluster's life. */
export interface Life {
  /** Until its nodes are registered. */
  create: number;
  /** From the same moment on, until the default namespace takes a pod. */
  usable: number;
  stop: number;
  start: number;
  delete: number;
}

/**
 * Makes a cluster by hand until its API answers and its nodes are registered; once it takes pods stops it, starts it until
 * its nodes are back and it takes pods again, and removes it. Further servers join all at once when the first one's API
 * answers.
 */
export async function lifeByHand(
  images: Images,
  { servers = 1, agents = 0, env = {} }: Size = {},
): Promise<Life> {
  const name = `bench-${randomBytes(4).toString("hex")}`;
  const [server, balancer] = [`${name}-server`, `${name}-lb`];
  const named = (role: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${name}-${role}-${index}`);
  const [joining, workers] = [named("joining", servers - 1), named("agent", agents)];
  const nodes = [server, ...joining, ...workers];
  // The members of an etcd know each other by address, which else another start may hand out in another order.
  const pool = joining.length === 0 ? undefined : `10.213.${randomInt(256)}`;
  const fixed = (node: string): string[] =>
    pool === undefined ? [] : ["--ip", `${pool}.${nodes.indexOf(node) + 10}`];
  const dir = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  const config = join(dir, "nginx.conf");
  await writeFile(config, nginxConfig(server));
  const run = (
    node: string,
    more: readonly string[],
    role: "server" | "agent",
    args: readonly string[] = [],
  ): Promise<string> => {
    const settings = Object.entries(env[role] ?? {}).flatMap(([key, value]) => [
      "-e",
      `${key}=${value}`,
    ]);
    const network = ["--network", name, ...fixed(node)];
    const own = [node, "--hostname", node, ...network, "--restart", "unless-stopped"];
    const powers = ["--privileged", "--init", "--userns", "host"];
    const files = ["--tmpfs", "/run", "--tmpfs", "/var/run", "-e", "K3S_TOKEN=bench"];
    return docker(
      "run",
      "-d",
      "--name",
      ...own,
      ...powers,
      ...files,
      ...settings,
      ...more,
      images.node,
      role,
      ...args,
    );
  };
  try {
    const began = performance.now();
    const create = await timed(async () => {
      const subnet = pool === undefined ? [] : ["--subnet", `${pool}.0/24`];
      await docker("network", "create", ...subnet, name);
      const output = ["-e", "K3S_KUBECONFIG_OUTPUT=/output/kubeconfig.yaml"];
      await run(server, output, "server", joining.length === 0 ? [] : ["--cluster-init"]);
      const entry = [balancer, "--network", name, "--init", "--publish", "127.0.0.1::6443"];
      const mount = ["--volume", `${config}:/etc/nginx/nginx.conf:ro`];
      const nginx = [images.loadBalancer, "nginx", "-g", "daemon off;"];
      const url = ["-e", `K3S_URL=https://${server}:6443`];
      await Promise.all([
        docker("run", "-d", "--name", ...entry, ...mount, ...nginx),
        ...workers.map((worker) => run(worker, url, "agent")),
      ]);
      const port = await portOf(balancer);
      if (joining.length > 0) await waitUntilReady(server, port, 0);
      await Promise.all(joining.map((node) => run(node, url, "server")));
      await waitUntilReady(server, port, nodes.length);
    });
    await waitUntilReady(server, await portOf(balancer), nodes.length, 0);
    const usable = performance.now() - began;
    const stop = await timed(() => docker("stop", balancer, ...workers, ...joining, server));
    const start = await timed(async () => {
      const since = Date.now();
      await docker("start", ...nodes, balancer);
      await waitUntilReady(server, await portOf(balancer), nodes.length, since);
    });
    const remove = await timed(async () => {
      await docker("rm", "-f", "-v", ...nodes, balancer);
      await docker("network", "rm", name);
    });
    return { create, usable, stop, start, delete: remove };
  } finally {
    await docker("rm", "-f", "-v", ...nodes, balancer).catch(() => "");
    await docker("network", "rm", name).catch(() => "");
    await rm(dir, { recursive: true, force: true });
  }
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function portOf(balancer: string): Promise<number> {
  return Number((await docker("port", balancer, "6443/tcp")).split(":").at(-1));
}

function nginxConfig(server: string): string {
  return `include /etc/nginx/modules-enabled/*.conf;
events {}
stream {
  server {
    listen 6443;
    proxy_pass ${server}:6443;
  }
}
`;
}

interface Kubeconfig {
  clusters: { cluster: { "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

interface Leases {
  items: { spec: { renewTime: string } }[];
}

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
/** Without it no pod is accepted in the default namespace. */
const SERVICE_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default";

/**
 * Until the API answers through the load balancer and knows so many nodes.
 *
 * @param since milliseconds since the epoch: also until pods are accepted and each node has renewed its lease after that; 0: until pods are accepted
 */
async function waitUntilReady(
  server: string,
  port: number,
  count: number,
  since?: number,
): Promise<void> {
  const text = await poll(
    () => docker("exec", server, "cat", "/output/kubeconfig.yaml").catch(() => undefined),
    READY_WITHIN,
  );
  if (text === undefined) throw new Error(`${server} wrote no kubeconfig`);
  const { clusters, users } = parse(text) as Kubeconfig;
  const decode = (data: string | undefined): Buffer => Buffer.from(data ?? "", "base64");
  const credentials = {
    ca: decode(clusters[0]?.cluster["certificate-authority-data"]),
    cert: decode(users[0]?.user["client-certificate-data"]),
    key: decode(users[0]?.user["client-key-data"]),
  };
  // New connections would take their time from the server that is waited for.
  const agent = new Agent({ keepAlive: true });
  const get = (path: string): Promise<string | undefined> =>
    new Promise((resolve) => {
      const options = { host: "127.0.0.1", port, path, agent, timeout: 2000 };
      const asked = request({ ...options, ...credentials }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve(response.statusCode === 200 ? body : undefined));
        response.on("error", () => resolve(undefined));
      });
      asked.once("timeout", () => asked.destroy());
      asked.once("error", () => resolve(undefined));
      asked.end();
    });
  const ready = await poll(async () => (await get("/readyz")) !== undefined, READY_WITHIN);
  if (!ready) throw new Error(`the API of ${server} did not become ready on port ${port}`);
  const registered = await poll(async () => {
    const list = await get("/api/v1/nodes");
    return list !== undefined && (JSON.parse(list) as { items: unknown[] }).items.length >= count;
  }, READY_WITHIN);
  if (!registered) throw new Error(`${count} nodes did not register with ${server}`);
  if (since === undefined) return;
  const back = await poll(async () => {
    if ((await get(SERVICE_ACCOUNT)) === undefined) return false;
    if (since === 0) return true;
    const list = (await get(LEASES)) ?? '{"items":[]}';
    const renewed = (JSON.parse(list) as Leases).items.filter(
      ({ spec }) => Date.parse(spec.renewTime) > since,
    );
    return renewed.length >= count;
  }, READY_WITHIN);
  if (!back) throw new Error(`The nodes of ${server} did not come back`);
}
