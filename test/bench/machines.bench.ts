/**
 * How create grows with the number of agents on one machine and on three, which are dockerds in
 * network namespaces of one computer: they share its processors, so three are not faster than one,
 * and what is more on three is what k3d and the overlay cost.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { Swarm } from "../engine/docker/swarm.ts";
import { testImage } from "../images/catalog.ts";
import { timed } from "./support/by-hand.ts";
import { K3D } from "./support/checkout.ts";
import { asBaseline, compared, type Row } from "./support/row.ts";

const LIMIT = 900_000;
const SIZES = (process.env.K3D_BENCH_AGENTS || "1,5,10,20").split(",").map(Number);
/** Most that a creation on three machines may take over one on a single machine. */
const BUDGET = 2;

const node = testImage("k3s-stand-in").offline;
const loadBalancer = testImage("loadbalancer").offline;

export default async function machines(): Promise<Row[]> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return [];
  const home = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  const swarm = await Swarm.start(3, await mkdtemp(join(tmpdir(), "k3d-bench-swarm-")));
  const env = {
    HOME: home,
    KUBECONFIG: join(home, "config"),
    K3D_RUNTIME: "docker",
    K3D_IMAGE: node,
    K3D_IMAGE_LOADBALANCER: loadBalancer,
  };
  const k3d = (...args: string[]) => execa(K3D, args, { env, timeout: LIMIT });
  const [{ host } = { host: "" }] = swarm.machines;
  const places = {
    one: ["--host", host],
    three: swarm.machines.flatMap(({ name, host: own }) => ["--machine", `${name}=${own}`]),
  };
  /** @returns milliseconds of the creation */
  const create = async (agents: number, place: string[]): Promise<number> => {
    const name = `bench-${randomBytes(4).toString("hex")}`;
    const size = ["--agents", String(agents), "--timeout", "800s"];
    const remove = place[0] === "--host" ? place : [];
    try {
      return await timed(() => k3d("cluster", "create", name, ...size, ...place));
    } finally {
      await k3d("cluster", "delete", name, ...remove);
    }
  };
  try {
    await swarm.copyImages([node, loadBalancer]);
    // What only the first creation on an engine costs.
    for (const place of Object.values(places)) await create(1, place);
    const rows: Row[] = [];
    for (const agents of SIZES) {
      const one = await create(agents, places.one);
      const three = await create(agents, places.three);
      const what = `create with ${agents} agents on one machine`;
      rows.push(asBaseline(what, [one]));
      rows.push(
        compared(`create with ${agents} agents on three`, [three], "on one", [one], BUDGET),
      );
    }
    return rows;
  } finally {
    await swarm.dispose();
    await rm(home, { recursive: true, force: true });
  }
}
