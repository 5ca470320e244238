import { chmod, mkdir, writeFile } from "node:fs/promises";
import { cgroupFacts, hostDevices, ownCapabilities } from "../host/facts.ts";
import { findInit } from "../host/tools.ts";
import type { ImageConfig } from "../store/records.ts";
import { resolverConfig, writeOwnHosts } from "../networks/hosts.ts";
import type { Engine } from "../engine/engine.ts";
import { writeJson } from "../host/json-file.ts";
import type { ContainerRecord } from "../store/records.ts";
import type { OciConfig } from "../translation/oci-config.ts";
import type { OciHost } from "../translation/oci-host.ts";
import { toOciSpec } from "../translation/to-oci-spec.ts";
import { treeOf } from "./tree-of.ts";
import { resolveUser } from "./users.ts";

/** Cgroup of a container below each hierarchy; at the top, so that nothing but it has to be removed. */
export function cgroupPath(id: string): string {
  return `/k3d-${id.slice(0, 32)}`;
}

/** The bundle's configuration, with the facts of this machine. @throws as `toOciSpec` does. */
export async function makeConfig(
  engine: Engine,
  record: ContainerRecord,
  { config }: ImageConfig,
): Promise<OciConfig> {
  const { spec, anonymousVolumes } = record;
  const paths = engine.records.pathsOf(record.id);
  const [cgroup, capabilities, devices, init, resolved] = await Promise.all([
    cgroupFacts(),
    ownCapabilities(),
    spec.privileged ? hostDevices() : [],
    spec.init ? findInit(engine.settings) : undefined,
    treeOf(engine, record).then((tree) =>
      resolveUser(tree, spec.process.user ?? config.user ?? ""),
    ),
  ]);
  const named = spec.mounts.flatMap(({ type, source }) =>
    type === "volume" && source !== undefined ? [source] : [],
  );
  const host: OciHost = {
    rootfs: paths.rootfs,
    cgroupVersion: cgroup.version,
    cgroupsPath: cgroupPath(record.id),
    capabilities,
    devices,
    ...(spec.hostNetwork ? {} : { networkNamespace: paths.networkNamespace }),
    init,
    ...resolved,
    volumes: Object.fromEntries(named.map((name) => [name, engine.volumes.dataPath(name)])),
    anonymousVolumes: Object.fromEntries(
      Object.entries(anonymousVolumes).map(([destination, name]) => [
        destination,
        engine.volumes.dataPath(name),
      ]),
    ),
    files: {
      "/etc/hosts": paths.hosts,
      "/etc/hostname": paths.hostname,
      "/etc/resolv.conf": paths.resolvConf,
    },
  };
  return toOciSpec(spec, config, host);
}

/** Every user of the container may read it, whatever the caller's umask. */
async function writeReadable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o644);
}

/** Writes `config.json` and the files mounted into the container. */
export async function writeBundle(
  engine: Engine,
  record: ContainerRecord,
  image: ImageConfig,
): Promise<OciConfig> {
  const paths = engine.records.pathsOf(record.id);
  await mkdir(paths.directory, { recursive: true, mode: 0o700 });
  const { spec } = record;
  await writeReadable(paths.hostname, `${spec.hostname ?? record.name}\n`);
  await writeReadable(
    paths.resolvConf,
    await resolverConfig(engine.settings.nameServers, spec.hostNetwork ?? false),
  );
  await writeOwnHosts(engine, record.id);
  const config = await makeConfig(engine, record, image);
  await writeJson(paths.config, config);
  return config;
}
