import { ContainerTree, type TreeMount } from "../archive/tree.ts";
import type { Engine } from "../engine/engine.ts";
import type { ContainerRecord } from "../store/records.ts";
import { ensureRootfs } from "./rootfs.ts";
import type { LiveContainer } from "../engine/runtime-program.ts";

/** A container's file system with its mounts: those of its processes while it runs, those it will have otherwise. */
export async function treeOf(
  engine: Engine,
  record: ContainerRecord,
  live?: LiveContainer,
): Promise<ContainerTree> {
  // The dot makes a directory of the link that the kernel shows.
  if (live?.status === "running" || live?.status === "paused")
    return new ContainerTree(`/proc/${live.pid}/root/.`);
  await ensureRootfs(engine, record);
  const { rootfs } = engine.records.pathsOf(record.id);
  const bare = new ContainerTree(rootfs);
  const mounts: TreeMount[] = [];
  for (const mount of hostMounts(engine, record)) {
    mounts.push({ ...mount, destination: (await bare.resolve(mount.destination)).path });
  }
  return new ContainerTree(rootfs, mounts);
}

/** Mounts with a place on the host: bind mounts and volumes. Others, like tmpfs, begin empty at every start. */
export function hostMounts(
  engine: Engine,
  { spec, anonymousVolumes }: ContainerRecord,
): TreeMount[] {
  const own = spec.mounts.flatMap(({ type, destination, source }) => {
    if (type === "bind" && source !== undefined) return [{ destination, source }];
    if (type === "volume" && source !== undefined)
      return [{ destination, source: engine.volumes.dataPath(source) }];
    return [];
  });
  const anonymous = Object.entries(anonymousVolumes).map(([destination, name]) => ({
    destination,
    source: engine.volumes.dataPath(name),
  }));
  return [...own, ...anonymous];
}
