/**
 * How long `cluster create` takes with one server on the k3s stand-in, which boots without delay:
 * beside the same containers started by hand with Docker's own client, and on the other runtimes of
 * this machine beside Docker.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { testImage } from "../images/catalog.ts";
import { createByHand } from "./support/by-hand.ts";
import { K3D, ROOT } from "./support/checkout.ts";
import { asExtra, asFailure, asRatio, median, type Row } from "./support/row.ts";

const ROUNDS = 5;
/** Longest extra time of k3d over the containers started by hand, in milliseconds. */
const EXTRA_BUDGET = 1300;
/** Longest time of one command, in milliseconds. */
const LIMIT = 120_000;

const IMAGES = {
  node: testImage("k3s-stand-in").offline,
  loadBalancer: testImage("loadbalancer").offline,
};

/** The other runtimes that this machine has. */
async function otherRuntimes(): Promise<string[]> {
  const { stdout } = await execa(K3D, ["runtime-info", "--runtime", "docker", "--json"]);
  const { candidates } = JSON.parse(stdout) as {
    candidates: { name: string; available: boolean }[];
  };
  return candidates
    .filter(({ name, available }) => available && name !== "docker")
    .map(({ name }) => name);
}

async function provideImages(runtime: string): Promise<void> {
  const only = ["--only", "k3s-stand-in", "--only", "loadbalancer"];
  const script = join(ROOT, "test", "images", "ensure.ts");
  await execa(process.execPath, [script, "--runtime", runtime, "--offline", ...only], {
    timeout: 10 * 60_000,
  });
}

/** Creates a cluster and deletes it again. @returns milliseconds of the creation, or why it failed */
async function createWithK3d(runtime: string, home: string): Promise<number | { failed: string }> {
  const name = `bench-${randomBytes(4).toString("hex")}`;
  const options = {
    env: {
      HOME: home,
      KUBECONFIG: join(home, "config"),
      K3D_RUNTIME: runtime,
      K3D_IMAGE: IMAGES.node,
      K3D_IMAGE_LOADBALANCER: IMAGES.loadBalancer,
    },
    timeout: LIMIT,
  };
  try {
    const started = performance.now();
    const args = ["cluster", "create", name, "--timeout", "60s"];
    const { failed, stderr } = await execa(K3D, args, { ...options, reject: false });
    return failed ? { failed: stderr } : performance.now() - started;
  } finally {
    await execa(K3D, ["cluster", "delete", name], { ...options, reject: false });
  }
}

export default async function create(): Promise<Row[]> {
  const home = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  try {
    const others = await otherRuntimes();
    for (const runtime of ["docker", ...others]) await provideImages(runtime);
    const byHand: number[] = [];
    const byK3d = new Map(["docker", ...others].map((runtime) => [runtime, [] as number[]]));
    const failures = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      byHand.push(await createByHand(IMAGES));
      for (const [runtime, times] of byK3d) {
        if (failures.has(runtime)) continue;
        const taken = await createWithK3d(runtime, home);
        if (typeof taken === "number") times.push(taken);
        else failures.set(runtime, taken.failed);
      }
    }
    const failure = failures.get("docker");
    if (failure !== undefined) throw new Error(`k3d cluster create fails on docker\n${failure}`);
    const docker = median(byK3d.get("docker") ?? []);
    const hand = median(byHand);
    return [
      { name: "docker CLI by hand", milliseconds: hand, against: "", comparison: "", met: true },
      asExtra(
        "k3d cluster create (docker)",
        docker,
        "docker CLI by hand",
        docker - hand,
        EXTRA_BUDGET,
      ),
      ...others.map((runtime) => {
        const name = `k3d cluster create (${runtime})`;
        const reason = failures.get(runtime);
        if (reason !== undefined) return asFailure(name, reason);
        const taken = median(byK3d.get(runtime) ?? []);
        return asRatio(name, taken, "k3d on docker", taken / docker);
      }),
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
