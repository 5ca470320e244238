import { K3dError, isK3dError, unlessMissing } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import { asideName } from "../model/names.js";
import { runsK3s } from "../model/roles.js";
import { ENTRYPOINT_PATH } from "../node/k3s-command.js";
import { keptVolumes } from "../node/kept-volumes.js";
import { HOOKS_PATH } from "../plan/kept-hooks.js";
import type { ObservedNode } from "../plan/observed.js";
import { REGISTRIES_YAML_PATH } from "../registry/node-files.js";
import { CA_DIRECTORY } from "../registry/registries-yaml.js";
import { packFiles } from "../runtime/archive.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerInfo } from "../runtime/containers.js";
import type { MountSpec } from "../runtime/container-spec.js";
import { createContainer } from "./container.js";
import type { Step } from "./graph.js";
import { Halt } from "./halt.js";
import { removeMadeContainer } from "./owned.js";
import { patient } from "./patience.js";
import type { World } from "./world.js";

/** Directories outside any volume that a node is known by: its password, without which its servers refuse it. */
const CARRIED: readonly string[] = ["/etc/rancher/node"];

/**
 * Puts a new container in the place of one that is there: same name, same
 * address, same anonymous volumes. The old one is put aside, the new one is made,
 * started and checked, then the old one is removed. On failure, and on any later
 * one of the operation as long as `tidy` has not run, the old one is back as it was.
 *
 * @param check resolves once the new container is as well as the old one was.
 */
export function replaceSteps(
  name: string,
  world: World,
  needs: readonly string[],
  check: (signal: AbortSignal) => Promise<void> = async () => {},
): { swap: Step; tidy: Step } {
  const { runtime, operation } = world;
  const found = world.observed?.nodes.find((node) => node.name === name);
  if (found === undefined) throw new K3dError("INTERNAL", `Node '${name}' is not there to replace`);
  const aside = asideName(name);
  const role = world.node(name).role;
  const halt = new Halt(runtime, { id: found.id, role });
  const swap: Step = {
    id: `replace:${name}`,
    title: `Replace ${role} ${name}`,
    needs,
    async run({ signal, progress }) {
      progress("stopping the old container");
      await halt.stop({ signal });
      await runtime.containers.rename(found.id, aside, { signal: patient(signal) });
      progress("making the new container");
      const volumes = anonymousVolumes(found);
      const node = world.node(name);
      const labels = { ...node.spec.labels };
      const kept = [
        ...new Set([...keptVolumes(found.labels), ...volumes.map(({ source = "" }) => source)]),
      ];
      if (kept.length > 0) labels[LABELS.keptVolumes] = kept.join(",");
      await createContainer(
        world,
        node,
        { signal: patient(signal) },
        {
          labels,
          mounts: [...node.spec.mounts, ...missingMounts(volumes, node.spec.mounts)],
        },
      );
      await carryOver(world, name, found, { signal });
      progress("starting the new container");
      await runtime.containers.start(name, { signal });
      await check(signal);
    },
    async undo({ signal }) {
      const old = await stillThere(found.id, world, { signal });
      // Removed already, as the last act of all: then the new one stays.
      if (old === undefined) return;
      await removeMadeContainer(runtime, name, operation, { signal });
      if (old.name !== name) await runtime.containers.rename(old.id, name, { signal });
      if (found.status === "running") await halt.takeBack({ signal });
    },
  };
  const tidy = removeAsideStep({ id: found.id, name, role }, world, [swap.id]);
  return { swap, tidy };
}

/** Removes a container that another one has replaced; its volumes are the new one's. */
export function removeAsideStep(
  { id, name, role }: Pick<ObservedNode, "id" | "name" | "role">,
  { runtime }: Pick<World, "runtime">,
  needs: readonly string[] = [],
): Step {
  return {
    id: `replaced:${name}`,
    title: `Remove the old ${role} ${name}`,
    needs,
    // Cut off, it would go on, and take away what undo has just put back.
    run: ({ signal }) =>
      unlessMissing(
        runtime.containers.remove(id, { signal: patient(signal), force: true, volumes: false }),
      ),
  };
}

async function stillThere(
  id: string,
  { runtime }: World,
  options: CallOptions,
): Promise<ContainerInfo | undefined> {
  try {
    return await runtime.containers.inspect(id, options);
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Volumes that the engine made for the image's `VOLUME`s, by the names it gave them. */
function anonymousVolumes({ info }: ObservedNode): MountSpec[] {
  const named = new Set(info.spec.mounts.map(({ destination }) => destination));
  const kept = new Set(keptVolumes(info.labels));
  return info.mounts
    .filter(
      ({ type, source, destination }) =>
        type === "volume" && source !== undefined && (!named.has(destination) || kept.has(source)),
    )
    .map(({ source = "", destination }) => ({ type: "volume", source, destination }));
}

function missingMounts(volumes: readonly MountSpec[], present: readonly MountSpec[]): MountSpec[] {
  const taken = new Set(present.map(({ destination }) => destination));
  return volumes.filter(({ destination }) => !taken.has(destination));
}

/** Files of the new container: those that it shall have, or where that is not known those of the old one. */
async function carryOver(
  world: World,
  name: string,
  found: ObservedNode,
  options: CallOptions,
): Promise<void> {
  const { runtime } = world;
  const { files, changedFiles = [] } = world.node(name);
  const copied = files.length > 0 ? [] : placedFiles(found);
  const directories = runsK3s(found) ? CARRIED : [];
  for (const path of [...copied, ...directories])
    await copyPath(path, world, found.id, name, options);
  const placed = [...files, ...changedFiles];
  if (placed.length > 0)
    await runtime.containers.putArchive(name, "/", await packFiles(placed), options);
}

/** What either tool places in a container, besides what its own label tells. */
function placedFiles({ files, role }: ObservedNode): string[] {
  const known =
    role === "loadbalancer"
      ? ["/etc/confd/values.yaml"]
      : [
          ENTRYPOINT_PATH,
          REGISTRIES_YAML_PATH,
          CA_DIRECTORY,
          "/etc/k3d/coredns-hosts",
          "/etc/k3d/creation",
          HOOKS_PATH,
        ];
  return [...new Set([...known, ...Object.keys(files ?? {})])];
}

async function copyPath(
  path: string,
  { runtime }: World,
  from: string,
  to: string,
  options: CallOptions,
): Promise<void> {
  const parent = path.slice(0, path.lastIndexOf("/")) || "/";
  try {
    const archive = await runtime.containers.getArchive(from, path, options);
    await makeDirectory(parent, to, runtime, options);
    await runtime.containers.putArchive(to, parent, archive, options);
  } catch (error) {
    if (!isK3dError(error, "NOT_FOUND")) throw error;
  }
}

/** An archive is unpacked into a directory that exists. */
async function makeDirectory(
  path: string,
  container: string,
  runtime: World["runtime"],
  options: CallOptions,
): Promise<void> {
  const { packDirectories } = await import("../runtime/archive.js");
  await runtime.containers.putArchive(container, "/", await packDirectories([path]), options);
}
