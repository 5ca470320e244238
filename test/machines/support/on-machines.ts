import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enginesUnderTest } from "../../e2e/support/engine.js";
import { offlineImage } from "../../e2e/support/images.js";
import { World } from "../../e2e/support/world.js";
import { Swarm } from "../../engine/docker/swarm.ts";

/** Needs dockerds of its own, so only where Docker is under test, as root on Linux. */
export const docker = enginesUnderTest().find(({ name }) => name === "docker");
export const possible =
  docker !== undefined && process.platform === "linux" && process.getuid?.() === 0;

/** A user, and three machines with the images that k3d needs. */
export interface OnMachines {
  world: World;
  swarm: Swarm;
  /** The node's, the load balancer's and the registry's. */
  images: readonly [node: string, balancer: string, registry: string];
  /** Flags of `cluster create`. */
  flags: string[];
}

/** @param joined whether the machines are one swarm already */
export async function onMachines(joined: boolean): Promise<OnMachines> {
  if (docker === undefined) throw new Error("Docker is not under test");
  const world = await World.create(docker);
  const swarm = await Swarm.start(3, await mkdtemp(join(tmpdir(), "k3d-swarm-")), joined);
  const names = ["K3D_IMAGE", "K3D_IMAGE_LOADBALANCER", "K3D_IMAGE_REGISTRY"];
  const images = names.map(offlineImage);
  await swarm.copyImages(images);
  const flags = swarm.machines.flatMap(({ name, host }) => ["--machine", `${name}=${host}`]);
  return { world, swarm, images: images as never, flags };
}

/** Names of all containers of a machine, running or not. */
export async function containersOn(swarm: Swarm, machine: string): Promise<string[]> {
  const names = await swarm.client(machine, "ps", "-a", "--format", "{{.Names}}");
  return names.split("\n").filter(Boolean).toSorted();
}
