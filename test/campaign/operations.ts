import { writeFile } from "node:fs/promises";
import { imageArchive } from "../e2e/support/image-archive.ts";
import type { User } from "./user.ts";

/** A command that the campaign tries, and what it may leave. */
export interface Operation {
  args(cluster: string): string[];
  /** What there must be before: nothing, a cluster that runs or is stopped, or one without its server. */
  before: "nothing" | "running" | "stopped" | "remains";
  /** The cluster is the same for many tries; otherwise each has its own. */
  shared: boolean;
  /** A success leaves nothing of the cluster. */
  removes?: boolean;
  /** What a success has done, by what is there afterwards; each line as `User.traces` tells it. Default: not looked at. */
  done?(cluster: string, traces: readonly string[]): boolean;
  /** A failure leaves everything as it was; otherwise the states of containers may differ. */
  undone: boolean;
  /** Takes back what a success made, or a killed run left. Default: nothing. */
  recover?(cluster: string): string[];
  /** Called before each try. */
  prepare?(): Promise<void>;
}

export const NODE_NAME = "more";
export const CREATE = ["--no-lb", "--agents", "0", "--no-wait"];

/** Registries of the campaign are no cluster's; this is the name of one. */
export const registryOf = (cluster: string): string => `k3d-${cluster}-reg`;

/** Removes what a killed command left of a cluster. */
export const pruneOf = (cluster: string): string[] => [
  "prune",
  "--force",
  "--filter",
  `cluster=${cluster}`,
];

/** @param archive where an image to import is written; each try has one that no node knows. */
export function operations(archive: string): Record<string, Operation> {
  return {
    "cluster create": {
      args: (cluster) => ["cluster", "create", cluster, ...CREATE],
      before: "nothing",
      done: (cluster, traces) => traces.includes(`container k3d-${cluster}-server-0`),
      shared: false,
      undone: true,
    },
    "cluster delete": {
      args: (cluster) => ["cluster", "delete", cluster],
      before: "running",
      shared: false,
      removes: true,
      undone: false,
    },
    prune: {
      args: pruneOf,
      before: "remains",
      shared: false,
      removes: true,
      undone: false,
    },
    "cluster edit": {
      args: (cluster) => [
        "cluster",
        "edit",
        cluster,
        "--yes",
        "--no-wait",
        "--env",
        `K3D_CAMPAIGN=${Date.now()}@server:0`,
      ],
      before: "running",
      shared: true,
      undone: true,
    },
    "cluster apply": {
      args: (cluster) => ["cluster", "apply", cluster, "--no-lb", "--no-wait", "--agents", "1"],
      before: "running",
      done: (cluster, traces) => traces.includes(`container k3d-${cluster}-agent-0`),
      shared: true,
      undone: true,
      recover: (cluster) => ["node", "delete", `k3d-${cluster}-agent-0`],
    },
    "cluster stop": {
      args: (cluster) => ["cluster", "stop", cluster],
      before: "running",
      done: (_cluster, traces) => containersOf(traces).every((trace) => trace.endsWith(" stopped")),
      shared: true,
      undone: false,
    },
    "cluster start": {
      args: (cluster) => ["cluster", "start", cluster],
      before: "stopped",
      done: (_cluster, traces) => !containersOf(traces).some((trace) => trace.endsWith(" stopped")),
      shared: true,
      undone: false,
    },
    "node create": {
      args: (cluster) => [
        "node",
        "create",
        `${cluster}-${NODE_NAME}`,
        "--cluster",
        cluster,
        "--no-wait",
      ],
      before: "running",
      done: (cluster, traces) => traces.includes(`container k3d-${cluster}-${NODE_NAME}-0`),
      shared: true,
      undone: true,
      recover: (cluster) => ["node", "delete", `k3d-${cluster}-${NODE_NAME}-0`],
    },
    "image import": {
      args: (cluster) => ["image", "import", archive, "--cluster", cluster],
      before: "running",
      shared: true,
      undone: true,
      prepare: async () => {
        const { content } = await imageArchive("campaign.example/image:1", 2_000_000);
        await writeFile(archive, content);
      },
    },
    "registry create": {
      args: (cluster) => ["registry", "create", registryOf(cluster).replace(/^k3d-/, "")],
      before: "nothing",
      done: (cluster, traces) => traces.includes(`container ${registryOf(cluster)}`),
      shared: false,
      undone: true,
      recover: (cluster) => ["registry", "delete", registryOf(cluster)],
    },
  };
}

const containersOf = (traces: readonly string[]): string[] =>
  traces.filter((trace) => trace.startsWith("container "));

/** Brings the cluster into the state that an operation begins with. */
export async function ensure(
  user: User,
  cluster: string,
  state: Operation["before"],
): Promise<void> {
  if (state === "nothing") return;
  const containers = await user.engine.containers(cluster);
  const running = containers.some((container) => container.running);
  if (containers.length === 0)
    await must(user, [
      "cluster",
      "create",
      cluster,
      ...CREATE.filter((word) => word !== "--no-wait"),
    ]);
  else if (state !== "stopped" && !running) await must(user, ["cluster", "start", cluster]);
  if (state === "stopped" && (running || containers.length === 0))
    await must(user, ["cluster", "stop", cluster]);
  if (state === "remains")
    await user.engine.client("rm", "--force", "--volumes", `k3d-${cluster}-server-0`);
}

/** @throws when a command without any fault fails. */
export async function must(user: User, args: readonly string[]): Promise<void> {
  const { exitCode, stderr, command } = await user.k3d(args);
  if (exitCode !== 0) throw new Error(`${command} failed without a fault:\n${stderr}`);
}
