import { MemoryRuntime } from "./memory-runtime.js";
import type { CoreSettings } from "../observe/settings.js";
import { testCollaborators } from "./collaborators.js";

export const IMAGE = "docker.io/rancher/k3s:test";
export const LONG_AGO = new Date(Date.now() - 3_600_000);

/** Cluster ids by what became of the process that made them. */
export const DEAD = "11111111-1111-1111-1111-111111111111@host:1:1";
export const ALIVE = "22222222-2222-2222-2222-222222222222@host:2:2";
export const ELSEWHERE = "33333333-3333-3333-3333-333333333333@other:3:3";

export interface StockedEngineOptions {
  /** Age of everything that is made. Default: an hour ago. */
  now?: Date;
  settings?: Partial<CoreSettings>;
  /** Home of the user; default: one that does not exist. */
  home?: string;
}

/** An in-memory engine with means to leave things on it. */
export function stockedEngine({ now = LONG_AGO, settings = {}, home }: StockedEngineOptions = {}) {
  const runtime = new MemoryRuntime({
    images: [IMAGE, "docker.io/library/busybox:test"],
    now: () => now,
  });
  const isRunning = async (id: string) => (id.startsWith("other") ? undefined : id === "host:2:2");
  const deps = testCollaborators(runtime, {
    home,
    settings: { process: { id: "host:2:2", isRunning }, ...settings },
  });
  const container = async (
    name: string,
    labels: Record<string, string>,
    {
      network,
      started = true,
      image = IMAGE,
    }: { network?: string; started?: boolean; image?: string } = {},
  ) => {
    await runtime.containers.create({
      name,
      image,
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: network === undefined ? [] : [{ name: network }],
      ports: [],
      labels,
    });
    if (started) await runtime.containers.start(name);
  };
  const node = (
    cluster: string,
    role: string,
    name: string,
    more: Record<string, string> = {},
    options = {},
  ) =>
    container(
      name,
      {
        app: "k3d",
        "k3d.version": "6",
        "k3d.role": role,
        "k3d.cluster": cluster,
        "k3d.cluster.network": `k3d-${cluster}`,
        ...more,
      },
      options,
    );
  return { runtime, deps, container, node };
}

export type StockedEngine = ReturnType<typeof stockedEngine>;
/** What k3d labels networks and volumes of a cluster with. */
export const labelsOf = (cluster: string) => ({
  app: "k3d",
  "k3d.version": "6",
  "k3d.cluster": cluster,
});

/** A cluster that is whole, with all that can belong to one. */
export async function wholeCluster(
  { runtime, node }: StockedEngine,
  name: string,
  { id = ALIVE, started = true } = {},
): Promise<void> {
  const network = `k3d-${name}`;
  const more = { "k3d.cluster.id": id };
  await runtime.networks.create({ name: network, labels: { ...labelsOf(name), ...more } });
  await runtime.volumes.create({
    name: `k3d-${name}-images`,
    labels: { ...labelsOf(name), ...more },
  });
  await node(
    name,
    "server",
    `k3d-${name}-server-0`,
    { ...more, "k3d.server.init": "true" },
    { network, started },
  );
  await node(name, "loadbalancer", `k3d-${name}-serverlb`, more, { network, started });
  await node(name, "registry", `k3d-${name}-registry`, more, { network, started });
}
