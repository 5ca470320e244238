/**
 * How long `image import` takes into three nodes of the k3s stand-in, and of a large image into five, beside the same by
 * hand: one archive written into the image volume and read by all nodes; and beside a Go k3d where `K3D_BENCH_GO` names
 * one, with its image for tools in `K3D_IMAGE_TOOLS`. Then once more, when they have it; and how much memory it takes over
 * that of a command that moves nothing.
 */
import { randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { testImage } from "../images/catalog.ts";
import { timed } from "./support/by-hand.ts";
import { GO_K3D, K3D, ROOT } from "./support/checkout.ts";
import { asBaseline, compared, measured, median, type Row } from "./support/row.ts";

interface Case {
  rounds: number;
  megabytes: number;
  agents: number;
  /** Longest time over that by hand. */
  budget: number;
}

const CASES: readonly Case[] = [
  {
    rounds: Number(process.env.K3D_BENCH_ROUNDS || 3),
    megabytes: Number(process.env.K3D_BENCH_MEGABYTES || 100),
    agents: 2,
    budget: 1.2,
  },
  { rounds: 3, megabytes: 1074, agents: 4, budget: 1.25 },
];
/** Longest time over that of the Go k3d. */
const GO_BUDGET = 0.75;
/** Longest time of an import of what is there, over that of `cluster list`. */
const AGAIN_BUDGET = 5;
/** Most memory over that of `cluster list`, in megabytes. */
const MEMORY_BUDGET = 60;
const LIMIT = 300_000;

const docker = async (...args: string[]): Promise<string> =>
  (await execa("docker", args, { timeout: LIMIT })).stdout;

/** An image with one layer of random bytes. */
async function makeImage(name: string, directory: string, megabytes: number): Promise<void> {
  const file = join(directory, "data");
  await rm(file, { force: true });
  for (let at = 0; at < megabytes; at += 1) await appendFile(file, randomBytes(1_000_000));
  const tar = execa("tar", ["-c", "-C", directory, "data"], { encoding: "buffer", buffer: false });
  await execa("docker", ["import", "-", name], { stdin: tar.stdout, timeout: LIMIT });
}

async function byHand(image: string, nodes: readonly string[]): Promise<void> {
  const [first = ""] = nodes;
  const file = "/k3d/images/by-hand.tar";
  const save = execa("docker", ["save", image], { encoding: "buffer", buffer: false });
  await execa("docker", ["exec", "-i", first, "sh", "-c", `cat >${file}`], { stdin: save.stdout });
  await Promise.all(
    nodes.map((node) => docker("exec", node, "ctr", "-n", "k8s.io", "images", "import", file)),
  );
  await docker("exec", first, "rm", file);
}

export default async function imports(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of CASES) rows.push(...(await importInto(one)));
  return rows;
}

async function importInto({ rounds, megabytes, agents, budget }: Case): Promise<Row[]> {
  const home = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  const name = `bench-${randomBytes(4).toString("hex")}`;
  const image = `${name}:1`;
  const peak = join(home, "peak");
  const preload = pathToFileURL(join(ROOT, "test", "bench", "support", "peak-memory.mjs")).href;
  const options = {
    env: {
      HOME: home,
      KUBECONFIG: join(home, "config"),
      K3D_RUNTIME: "docker",
      K3D_IMAGE: testImage("k3s-stand-in").offline,
      NODE_OPTIONS: `--import=${preload}`,
      BENCH_PEAK_MEMORY: peak,
    },
    timeout: LIMIT,
  };
  const k3d = (...args: string[]) => execa(K3D, args, options);
  const peakOf = async (...args: string[]): Promise<number> => {
    await k3d(...args);
    return Number(await readFile(peak, "utf8")) / 1000;
  };
  try {
    await makeImage(image, home, megabytes);
    await k3d("cluster", "create", name, "--agents", String(agents), "--no-lb");
    const nodes = [
      `k3d-${name}-server-0`,
      ...Array.from({ length: agents }, (_, index) => `k3d-${name}-agent-${index}`),
    ];
    const forget = async (importer: string): Promise<void> => {
      const removed = nodes.map((node) => docker("exec", node, "crictl", "rmi", image));
      await Promise.all(removed).catch((cause: unknown) => {
        throw new Error(`Not all nodes had the image after an import ${importer}`, { cause });
      });
    };
    const hand: number[] = [];
    const own: number[] = [];
    const go: number[] = [];
    const again: number[] = [];
    const list: number[] = [];
    const memory: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      hand.push(await timed(() => byHand(image, nodes)));
      await forget("by hand");
      own.push(
        await timed(async () => memory.push(await peakOf("image", "import", image, "-c", name))),
      );
      again.push(await timed(() => k3d("image", "import", image, "-c", name)));
      list.push(await timed(() => k3d("cluster", "list")));
      await forget("of ours");
      if (GO_K3D === undefined) continue;
      const tools = process.env.K3D_IMAGE_TOOLS ?? "";
      const theirs = { env: { ...options.env, K3D_IMAGE_TOOLS: tools }, timeout: LIMIT };
      go.push(
        await timed(() => execa(GO_K3D ?? "", ["image", "import", image, "-c", name], theirs)),
      );
      await forget("by the Go k3d");
    }
    const idle = await peakOf("cluster", "list");
    const over = median(memory) - idle;
    const what = `${megabytes} MB into ${nodes.length} nodes`;
    return [
      asBaseline(`${what} by hand`, hand),
      compared(`k3d image import, ${what}`, own, "by hand", hand, budget),
      ...(go.length > 0
        ? [compared(`import, ${what}, beside Go`, own, "Go k3d", go, GO_BUDGET)]
        : []),
      compared(`import, ${what}, again`, again, "k3d cluster list", list, AGAIN_BUDGET),
      {
        name: `memory of import, ${what}`,
        ...measured(own),
        against: "k3d cluster list",
        comparison: `+${over.toFixed(0)} MB`,
        budget: `+${MEMORY_BUDGET} MB`,
        met: over <= MEMORY_BUDGET,
      },
    ];
  } finally {
    await execa(K3D, ["cluster", "delete", name], { ...options, reject: false });
    await execa("docker", ["rmi", "--force", image], { reject: false });
    await rm(home, { recursive: true, force: true });
  }
}
