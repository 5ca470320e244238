import { mkdir, readdir, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { K3dError, isK3dError, type ContainerSpec } from "@k3d/core/runtime";
import { run } from "../host/run.ts";
import { imageConfig } from "../images/from-native.ts";
import { ensureUnpacked } from "../images/unpack.ts";
import { refreshHosts } from "../networks/hosts.ts";
import { parseAddress } from "../host/ipv4.ts";
import { DEFAULT_NETWORK, requireNetwork } from "../networks/lifecycle.ts";
import { requireAddress } from "../networks/subnets.ts";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing } from "../host/json-file.ts";
import { INITIAL_STATE, type ContainerRecord } from "../store/records.ts";
import { makeConfig } from "./to-native.ts";
import { purge } from "./purge.ts";
import { prepareRootfs } from "./rootfs.ts";
import { existsOrIsMade, trySweep } from "./sweep.ts";
import { hostMounts, treeOf } from "./tree-of.ts";

/**
 * Creates a container on disk: record, root file system, volumes. Its record
 * is written last, so that it either is there whole or not at all.
 */
export async function createContainer(
  engine: Engine,
  spec: ContainerSpec,
  signal?: AbortSignal,
): Promise<string> {
  await trySweep(engine);
  const image = await engine.images.find(spec.image);
  const kept = imageConfig(image);
  await validate(engine, spec);
  const networks =
    spec.networks.length === 0 && !spec.hostNetwork ? [{ name: DEFAULT_NETWORK }] : spec.networks;
  const id = engine.records.newId();
  await engine.locks.with(
    `container-${id}`,
    async () => {
      await engine.records.claimName(spec.name, id, (owner) => existsOrIsMade(engine, owner));
      const anonymousVolumes: Record<string, string> = {};
      try {
        await ensureUnpacked(engine.paths, engine.locks, image, signal);
        await mkdir(engine.records.pathsOf(id).directory, { recursive: true, mode: 0o700 });
        const storage = await prepareRootfs(engine, id, image.id);
        const { config } = kept;
        for (const destination of anonymousDestinations(spec, config.volumes)) {
          anonymousVolumes[destination] = (await engine.volumes.createAnonymous(id)).name;
        }
        await createMissingSources(engine, spec);
        const record: ContainerRecord = {
          id,
          spec,
          name: spec.name,
          imageId: image.id,
          image: kept,
          created: new Date().toISOString(),
          networks,
          anonymousVolumes,
          storage,
        };
        await fillVolumes(engine, record);
        await makeConfig(engine, record, kept);
        await engine.records.writeState(id, INITIAL_STATE);
        await engine.records.write(record);
      } catch (error) {
        await purge(engine, id, { name: spec.name, volumes: Object.values(anonymousVolumes) });
        throw error;
      }
    },
    { signal },
  );
  await refreshHosts(
    engine,
    networks.map(({ name }) => name),
  );
  return id;
}

async function validate(engine: Engine, spec: ContainerSpec): Promise<void> {
  for (const { name, ipv4Address } of spec.networks) {
    const network = await requireNetwork(engine, name);
    if (ipv4Address !== undefined) requireAddress(network, ipv4Address);
  }
  if (spec.hostNetwork && spec.networks.length > 0) {
    throw new K3dError(
      "INVALID_INPUT",
      `Container '${spec.name}' cannot have networks of its own and the host's at once`,
    );
  }
  const foreign = spec.ports.find(
    ({ hostIp }) => hostIp !== undefined && parseAddress(hostIp) === undefined,
  );
  if (foreign)
    throw new K3dError(
      "INVALID_INPUT",
      `Port ${foreign.containerPort} of container '${spec.name}' cannot be published on ${foreign.hostIp}, which is not an IPv4 address`,
    );
  const relative = spec.mounts.find(
    ({ destination, type, source }) =>
      !isAbsolute(destination) || (type === "bind" && !isAbsolute(source ?? "")),
  );
  if (relative)
    throw new K3dError(
      "INVALID_INPUT",
      `Mount ${relative.source ?? ""}:${relative.destination} of container '${spec.name}' needs absolute paths`,
    );
}

/** Where volumes without a name go: those of the spec, and those the image declares and the spec leaves free. */
function anonymousDestinations(spec: ContainerSpec, declared: readonly string[]): string[] {
  const taken = new Set(spec.mounts.map(({ destination }) => destination));
  const own = spec.mounts.filter(({ type, source }) => type === "volume" && source === undefined);
  return [
    ...own.map(({ destination }) => destination),
    ...declared.filter((destination) => !taken.has(destination)),
  ];
}

/** Named volumes and host directories that are not there yet are made, as the other engines do. */
async function createMissingSources(engine: Engine, spec: ContainerSpec): Promise<void> {
  for (const { type, source } of spec.mounts) {
    if (source === undefined) continue;
    if (type === "bind" && (await stat(source).catch(ignoreMissing)) === undefined)
      await mkdir(source, { recursive: true });
    if (type === "volume" && (await engine.volumes.read(source)) === undefined) {
      await engine.volumes.create(source, {}).catch((error: unknown) => {
        // Another container was faster.
        if (!isK3dError(error, "NAME_IN_USE")) throw error;
      });
    }
  }
}

/** Empty volumes begin with what the image has at their place. */
async function fillVolumes(engine: Engine, record: ContainerRecord): Promise<void> {
  const volumes = new Set([
    ...record.spec.mounts
      .filter(({ type }) => type === "volume")
      .map(({ destination }) => destination),
    ...Object.keys(record.anonymousVolumes),
  ]);
  const bare = await treeOf(engine, {
    ...record,
    spec: { ...record.spec, mounts: [] },
    anonymousVolumes: {},
  });
  for (const { destination, source } of hostMounts(engine, record).filter((mount) =>
    volumes.has(mount.destination),
  )) {
    const { hostPath } = await bare.resolve(destination);
    const content = (await readdir(hostPath).catch(ignoreMissing)) ?? [];
    if (content.length === 0 || (await readdir(source)).length > 0) continue;
    await run("cp", ["--archive", `${hostPath}/.`, source]);
  }
}
