/**
 * How create and delete grow with the number of agents, what a list of a hundred clusters takes, and a load balancer with many
 * ports. The stand-in boots without delay, so that nothing but the work is left.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { testImage } from "../images/catalog.ts";
import { timed } from "./support/by-hand.ts";
import { K3D, ROOT } from "./support/checkout.ts";
import { asBaseline, compared, measured, type Row } from "./support/row.ts";

const LIMIT = 600_000;
/** Agents of the clusters. The first ones of a cluster cost nothing: they come while it waits for its server anyway. */
const SIZES = (process.env.K3D_BENCH_AGENTS || "1,5,10,20,50").split(",").map(Number);
const PORTS = Number(process.env.K3D_BENCH_PORTS || 500);
const CLUSTERS = 100;
const LISTS = 10;
/** Most that one more agent may cost in the largest cluster, over one more in the cluster before. */
const GROWTH_BUDGET = 1.3;
/** Most that published ports may cost, over those of a container by hand. */
const PORTS_BUDGET = 1.2;
/** Most memory over that of a list, in megabytes. */
const MEMORY_BUDGET = 60;

const image = testImage("k3s-stand-in").offline;

export default async function scale(): Promise<Row[]> {
  const home = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  const prefix = `bench-${randomBytes(4).toString("hex")}`;
  const peak = join(home, "peak");
  const preload = pathToFileURL(join(ROOT, "test", "bench", "support", "peak-memory.mjs")).href;
  const env = {
    HOME: home,
    KUBECONFIG: join(home, "config"),
    K3D_RUNTIME: "docker",
    K3D_IMAGE: image,
    K3D_IMAGE_LOADBALANCER: testImage("loadbalancer").offline,
    NODE_OPTIONS: `--import=${preload}`,
    BENCH_PEAK_MEMORY: peak,
  };
  const k3d = (...args: string[]) => execa(K3D, args, { env, timeout: LIMIT });
  const megabytes = async (): Promise<number> => Number(await readFile(peak, "utf8")) / 1000;
  const remove = (name: string) => execa(K3D, ["cluster", "delete", name], { env, reject: false });
  try {
    await k3d("cluster", "list");
    const idle = await megabytes();
    return [
      ...(await growth(k3d, remove, `${prefix}-n`, idle, megabytes)),
      ...(await manyPorts(k3d, remove, `${prefix}-p`)),
      ...(await manyClusters(k3d, prefix)),
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

type K3d = (...args: string[]) => Promise<unknown>;
type Remove = (name: string) => Promise<unknown>;

async function growth(
  k3d: K3d,
  remove: Remove,
  name: string,
  idle: number,
  megabytes: () => Promise<number>,
): Promise<Row[]> {
  const rows: Row[] = [];
  const times: { agents: number; create: number; delete: number }[] = [];
  for (const agents of SIZES) {
    try {
      const limit = ["--agents", String(agents), "--timeout", "500s"];
      const create = await timed(() => k3d("cluster", "create", name, ...limit));
      const over = (await megabytes()) - idle;
      times.push({ agents, create, delete: await timed(() => k3d("cluster", "delete", name)) });
      rows.push({
        name: `memory of create with ${agents} agents`,
        milliseconds: create,
        against: "k3d cluster list",
        comparison: `+${over.toFixed(0)} MB`,
        budget: `+${MEMORY_BUDGET} MB`,
        met: over <= MEMORY_BUDGET,
      });
    } finally {
      await remove(name);
    }
  }
  const [first] = times;
  if (first === undefined) return rows;
  for (const part of ["create", "delete"] as const) {
    rows.push(asBaseline(`${part}, ${first.agents} agent`, [first[part]]));
    let before: { each: number; what: string } | undefined;
    for (const [position, time] of times.slice(1).entries()) {
      const smaller = times[position] ?? first;
      const each = (time[part] - smaller[part]) / (time.agents - smaller.agents);
      const isLargest = position === times.length - 2;
      const row = compared(
        `${part}, one more of ${time.agents} agents`,
        [each],
        before?.what ?? "",
        [before?.each ?? each],
        isLargest ? GROWTH_BUDGET : undefined,
      );
      rows.push({ ...row, ...measured([time[part]]) });
      before = { each, what: `one more of ${time.agents}` };
    }
  }
  return rows;
}

async function manyPorts(k3d: K3d, remove: Remove, name: string): Promise<Row[]> {
  const from = 31_000;
  const create = async (...ports: string[]): Promise<number> => {
    try {
      return await timed(() => k3d("cluster", "create", name, ...ports, "--timeout", "300s"));
    } finally {
      await remove(name);
    }
  };
  const none = await create();
  const range = `127.0.0.1:${from}-${from + PORTS - 1}:${from}-${from + PORTS - 1}`;
  const many = await create("--port", `${range}@loadbalancer`);
  const options = ["--detach", "--name", name, "--publish", range];
  const loadBalancer = testImage("loadbalancer").offline;
  try {
    const hand = await timed(() =>
      execa("docker", ["run", ...options, loadBalancer, "sleep", "600"], { timeout: LIMIT }),
    );
    return [
      asBaseline("create without ports", [none]),
      asBaseline(`docker run with ${PORTS} ports`, [hand]),
      compared(`${PORTS} ports more`, [many - none], "docker run", [hand], PORTS_BUDGET),
    ];
  } finally {
    await execa("docker", ["rm", "-f", name], { reject: false });
  }
}

/** Lists of no cluster and of a hundred, whose containers are there but do not run. */
async function manyClusters(k3d: K3d, prefix: string): Promise<Row[]> {
  const list = async (): Promise<number[]> => {
    const times: number[] = [];
    for (let run = 0; run < LISTS; run += 1) times.push(await timed(() => k3d("cluster", "list")));
    return times;
  };
  const before = await list();
  const ids: string[] = [];
  try {
    for (let index = 0; index < CLUSTERS; index += 1) {
      const cluster = `${prefix}-${index}`;
      const labels = { app: "k3d", "k3d.cluster": cluster, "k3d.role": "server" };
      const options = Object.entries(labels).flatMap(([key, value]) => [
        "--label",
        `${key}=${value}`,
      ]);
      const create = ["create", "--name", `k3d-${cluster}-server-0`, ...options, image, "server"];
      ids.push((await execa("docker", create)).stdout);
    }
    const row = compared(`list of ${CLUSTERS} more clusters`, await list(), "list", before, 2);
    return [asBaseline("k3d cluster list", before), row];
  } finally {
    if (ids.length > 0) await execa("docker", ["rm", "-f", ...ids], { reject: false });
  }
}
