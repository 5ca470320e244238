/**
 * How long a cluster with ten images and objects takes that begins with a snapshot, beside one that is
 * created, filled and given the same images anew.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { imageArchive } from "../e2e/support/image-archive.ts";
import { testImage } from "../images/catalog.ts";
import { timed } from "./support/by-hand.ts";
import { K3D } from "./support/checkout.ts";
import { asBaseline, compared, type Row } from "./support/row.ts";

const ROUNDS = Number(process.env.K3D_BENCH_ROUNDS || 3);
const IMAGES = 10;
/** Bytes of each image's own layer. */
const LAYER = 5_000_000;
const OBJECTS = 20;
const LIMIT = 300_000;

/** ConfigMaps, as `kubectl create` takes them. */
function workload(): object {
  const items = Array.from({ length: OBJECTS }, (_, at) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `settings-${at}` },
    data: { text: randomBytes(1000).toString("hex") },
  }));
  return { apiVersion: "v1", kind: "List", items };
}

export default async function snapshot(): Promise<Row[]> {
  const home = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  const id = randomBytes(4).toString("hex");
  const names = { source: `bench-${id}`, anew: `anew-${id}`, kept: `kept-${id}` };
  const env = {
    HOME: home,
    KUBECONFIG: join(home, "config"),
    K3D_RUNTIME: "docker",
    K3D_IMAGE: testImage("k3s-stand-in").offline,
    K3D_IMAGE_LOADBALANCER: testImage("loadbalancer").offline,
  };
  const run = (file: string, ...args: string[]): Promise<unknown> =>
    execa(file, args, { env, timeout: LIMIT });
  const files = Array.from({ length: IMAGES }, (_, at) => join(home, `image-${at}.tar`));
  const objects = join(home, "objects.json");
  const make = async (name: string): Promise<void> => {
    await run(K3D, "cluster", "create", name);
    await run("kubectl", "--context", `k3d-${name}`, "create", "-f", objects);
    await run(K3D, "image", "import", ...files, "--cluster", name);
  };
  try {
    for (const [at, file] of files.entries())
      await writeFile(file, (await imageArchive(`bench/image-${at}:1`, LAYER)).content);
    await writeFile(objects, JSON.stringify(workload()));
    await make(names.source);
    await run(K3D, "cluster", "snapshot", "create", names.source, names.kept);
    const anew: number[] = [];
    const from: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      anew.push(await timed(() => make(names.anew)));
      await run(K3D, "cluster", "delete", names.anew);
      from.push(await timed(() => run(K3D, "cluster", "create", names.anew, "--from", names.kept)));
      await run(K3D, "cluster", "delete", names.anew);
    }
    const title = `create, fill and import ${IMAGES} images`;
    return [asBaseline(title, anew), compared("cluster create --from", from, title, anew, 1)];
  } finally {
    for (const name of [names.source, names.anew])
      await execa(K3D, ["cluster", "delete", name], { env, reject: false });
    await rm(home, { recursive: true, force: true });
  }
}
