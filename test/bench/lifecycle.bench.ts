/**
 * How long create, both until the nodes are registered and until a pod is accepted, stop, start and delete take beside the
 * same containers by hand, and beside a Go k3d where `K3D_BENCH_GO` names one. The stand-in takes as long to boot as a real k3s. With a node image in `K3D_BENCH_IMAGE` that
 * one is used as it is; the Go k3d needs a real k3s, and where no registry answers the images that
 * `K3D_BENCH_GO_LOADBALANCER` and `K3D_IMAGE_TOOLS` name.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { testImage } from "../images/catalog.ts";
import { lifeByHand, timed, type Life, type Size } from "./support/by-hand.ts";
import { GO_K3D, K3D } from "./support/checkout.ts";
import { asBaseline, compared, type Row } from "./support/row.ts";

const ROUNDS = Number(process.env.K3D_BENCH_ROUNDS || 3);
const LIMIT = 150_000;
const IMAGE = process.env.K3D_BENCH_IMAGE || undefined;
/** From the kubelet's start to the end, as a real k3s on two cores takes it. */
const KUBELET = {
  K3S_STANDIN_NODE_READY_DELAY_MS: "10000",
  K3S_STANDIN_SERVICE_ACCOUNT_DELAY_MS: "10300",
};
const DELAYS: Partial<Record<"server" | "agent", Record<string, string>>> =
  IMAGE === undefined
    ? {
        server: {
          K3S_STANDIN_BOOT_DELAY_MS: "3900",
          K3S_STANDIN_CORE_DELAY_MS: "2600",
          K3S_STANDIN_REGISTER_DELAY_MS: "1200",
          K3S_STANDIN_PROMOTE_MS: "15000",
          ...KUBELET,
        },
        agent: { K3S_STANDIN_REGISTER_DELAY_MS: "7000", ...KUBELET },
      }
    : {};
const IMAGES = {
  node: IMAGE ?? testImage("k3s-stand-in").offline,
  loadBalancer: testImage("loadbalancer").offline,
};
/** Its load balancer's image has a program of its own in it. */
const GO_LOAD_BALANCER = process.env.K3D_BENCH_GO_LOADBALANCER || "";
/** Servers and agents. */
const SHAPES = (process.env.K3D_BENCH_SHAPES || "1+0,1+1").split(",").map((shape) => {
  const [servers = 1, agents = 0] = shape.split("+").map(Number);
  return { servers, agents };
});
const PARTS = ["create", "usable", "start", "stop", "delete"] as const;
/** What each part is, before the shape of the cluster. */
const TITLES: Record<(typeof PARTS)[number], string> = {
  create: "create",
  usable: "create until pods are taken,",
  start: "start",
  stop: "stop",
  delete: "delete",
};
/** Most of the time by hand; what has none is measured only. */
const BUDGETS: Partial<Record<(typeof PARTS)[number], number>> = {
  create: 1.05,
  usable: 1.02,
  start: 1.05,
};
/** By hand all further servers come at once, and those that etcd refuses die and come back. */
const SEVERAL_SERVERS: typeof BUDGETS = { create: 1, start: 1.05 };
/** Most of the Go k3d's time for a creation, by the number of agents, with one server. */
const goBudget = (agents: number): number => (agents < 5 ? 0.6 : 0.65);

async function life(
  program: string,
  { servers, agents }: Required<Pick<Size, "servers" | "agents">>,
  home: string,
  { isGo = false } = {},
): Promise<Life> {
  const name = `bench-${randomBytes(4).toString("hex")}`;
  const env = {
    HOME: home,
    KUBECONFIG: join(home, "config"),
    K3D_RUNTIME: "docker",
    K3D_IMAGE_LOADBALANCER: isGo ? GO_LOAD_BALANCER : IMAGES.loadBalancer,
  };
  const k3d = (...args: string[]) => execa(program, args, { env, timeout: LIMIT });
  const delays = Object.entries(DELAYS).flatMap(([role, settings]) =>
    role === "agent" && agents === 0
      ? []
      : Object.entries(settings).flatMap(([key, value]) => ["--env", `${key}=${value}@${role}:*`]),
  );
  const size = ["--servers", String(servers), "--agents", String(agents), "--image", IMAGES.node];
  const make = (...more: string[]): Promise<number> =>
    timed(() => k3d("cluster", "create", name, ...size, ...delays, ...more));
  const remove = (): Promise<number> => timed(() => k3d("cluster", "delete", name));
  try {
    let usable = await make();
    let create = usable;
    if (isGo) {
      usable += await timed(() => execa(K3D, ["wait", name], { env, timeout: LIMIT }));
    } else {
      await remove();
      create = await make("--wait-for", "registered");
      await k3d("wait", name);
    }
    return {
      create,
      usable,
      stop: await timed(() => k3d("cluster", "stop", name)),
      start: await timed(() => k3d("cluster", "start", name)),
      delete: await remove(),
    };
  } finally {
    await execa(program, ["cluster", "delete", name], { env, reject: false });
  }
}

export default async function lifecycle(): Promise<Row[]> {
  const home = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  try {
    const rows: Row[] = [];
    for (const shape of SHAPES) {
      const [hand, own, go]: [Life[], Life[], Life[]] = [[], [], []];
      for (let round = 0; round < ROUNDS; round += 1) {
        hand.push(await lifeByHand(IMAGES, { ...shape, env: DELAYS }));
        own.push(await life(K3D, shape, home));
        if (GO_K3D !== undefined) go.push(await life(GO_K3D, shape, home, { isGo: true }));
      }
      const budgets = shape.servers === 1 ? BUDGETS : SEVERAL_SERVERS;
      for (const part of PARTS) {
        const of = (lives: readonly Life[]): number[] => lives.map((one) => one[part]);
        const what = `${TITLES[part]} ${shape.servers}+${shape.agents}`;
        rows.push(
          asBaseline(`${what} by hand`, of(hand)),
          compared(`k3d cluster ${what}`, of(own), "by hand", of(hand), budgets[part]),
        );
        const least = part === "create" && shape.servers === 1 ? goBudget(shape.agents) : undefined;
        if (go.length > 0)
          rows.push(compared(`${what}, beside Go`, of(own), "Go k3d", of(go), least));
      }
    }
    return rows;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
