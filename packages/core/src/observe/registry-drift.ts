import { isK3dError } from "../errors/index.js";
import { fewAtOnce } from "../model/few-at-once.js";
import { LABELS } from "../model/labels.js";
import { runsK3s } from "../model/roles.js";
import type { DesiredCluster, DesiredNode } from "../plan/desired.js";
import type { ObservedCluster, ObservedNode } from "../plan/observed.js";
import type { LiveDrift, NodeDrift } from "../plan/live-drift.js";
import { changedHosts, changesElsewhere } from "../registry/changed-hosts.js";
import { hostFiles, readsHostFiles } from "../registry/containerd-hosts.js";
import { HOSTING_MANIFEST_PATH, isHostingManifest } from "../registry/hosting.js";
import { REGISTRIES_YAML_PATH } from "../registry/node-files.js";
import {
  CA_DIRECTORY,
  type RegistriesYaml,
  type RegistryAccess,
  internalHost,
  parseRegistriesYaml,
} from "../registry/registries-yaml.js";
import { clustersBeside, registryEndpoint } from "../registry/view.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerFile } from "../runtime/container-file.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { NodeView } from "../node/views.js";
import { listNodesAndRegistries } from "./nodes.js";
import { readRegistryFiles } from "./registry-files.js";

/** Node → path → text of what it knows of registries. */
export type NodeRegistryFiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What each k3s node of a cluster knows of registries, which no label tells: it changes while they run. */
export async function nodeRegistryFiles(
  { nodes }: ObservedCluster,
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<NodeRegistryFiles> {
  const read = await fewAtOnce(nodes.filter(runsK3s), async (node) => {
    const files = await readRegistryFiles(runtime, node, options);
    const texts = new Map(files.map(({ path, content }) => [path, content]));
    if (!node.initServer) return [node.name, texts] as const;
    const manifest = await readContainerFile(runtime, node.id, HOSTING_MANIFEST_PATH, options);
    if (manifest !== undefined) texts.set(HOSTING_MANIFEST_PATH, manifest);
    return [node.name, texts] as const;
  });
  return new Map(read);
}

/**
 * What is known of registries, with the credentials that were given for this cluster alone
 * (`registry connect --username`): only its nodes have them.
 */
export async function withGivenAccess(
  known: Readonly<Record<string, RegistryAccess>>,
  registries: readonly NodeView[],
  files: NodeRegistryFiles,
): Promise<Record<string, RegistryAccess>> {
  const text = [...files.values()]
    .map((texts) => texts.get(REGISTRIES_YAML_PATH))
    .find((found) => found !== undefined);
  const { configs } = await lenient(text);
  const access: Record<string, RegistryAccess> = { ...known };
  for (const registry of registries) {
    if (registry.labels[LABELS.registryAuth] !== "true") continue;
    if (access[registry.name]?.auth !== undefined) continue;
    const { username, password } = configs?.[internalHost(registryEndpoint(registry))]?.auth ?? {};
    if (typeof username !== "string" || typeof password !== "string") continue;
    access[registry.name] = { ...access[registry.name], auth: { username, password } };
  }
  return access;
}

/** In what a node's knowledge of registries is not as it shall be. */
export async function registryNodeDrift(
  { files, initServer }: DesiredNode,
  found: ObservedNode,
  texts: ReadonlyMap<string, string>,
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<NodeDrift> {
  const causes: string[] = [];
  let restarts = false;
  if (!isMounted(found)) {
    const yaml = await wantedRegistries(files);
    const before = await lenient(texts.get(REGISTRIES_YAML_PATH));
    const hosts = changedHosts(before, yaml);
    const elsewhere = changesElsewhere(before, yaml);
    causes.push(...mirrorCauses(hosts, before, yaml));
    if (elsewhere) causes.push("settings of other registries change");
    restarts =
      hosts.length > 0 || elsewhere
        ? elsewhere ||
          hostFiles(hosts, yaml) === undefined ||
          !(await readsHostFiles(runtime, found.id, options))
        : false;
  }
  for (const { path, content } of wantedCertificates(files)) {
    if (texts.get(path) === content) continue;
    causes.push(`certificate ${path} ${texts.has(path) ? "changes" : "is new"}`);
  }
  if (initServer) causes.push(...hostingCauses(wantedHosting(files), texts));
  return { causes, restarts };
}

function mirrorCauses(
  hosts: readonly string[],
  before: RegistriesYaml,
  after: RegistriesYaml,
): string[] {
  const has = (yaml: RegistriesYaml, host: string): boolean => yaml.mirrors?.[host] !== undefined;
  const told = (of: readonly string[], one: string, many: string): string[] =>
    of.length === 0
      ? []
      : [`mirror${of.length === 1 ? "" : "s"} of ${of.join(", ")} ${of.length === 1 ? one : many}`];
  const fresh = hosts.filter((host) => !has(before, host));
  const gone = hosts.filter((host) => !has(after, host));
  const changed = hosts.filter((host) => has(before, host) && has(after, host));
  return [
    ...told(fresh, "is new", "are new"),
    ...told(changed, "changes", "change"),
    ...told(gone, "goes", "go"),
  ];
}

function hostingCauses(
  wanted: ContainerFile | undefined,
  texts: ReadonlyMap<string, string>,
): string[] {
  const found = texts.get(HOSTING_MANIFEST_PATH);
  const before = isHostingManifest(found) ? found : undefined;
  if (before === wanted?.content) return [];
  if (wanted === undefined) return ["no registry is announced any more"];
  return [before === undefined ? "a registry is announced" : "another registry is announced"];
}

/** What somebody mounts there is theirs. */
export const isMounted = ({ info }: Pick<ObservedNode, "info">): boolean =>
  info.mounts.some(({ destination }) => `${REGISTRIES_YAML_PATH}/`.startsWith(`${destination}/`));

/** The last one counts: so an archive is unpacked. */
export async function wantedRegistries(files: readonly ContainerFile[]): Promise<RegistriesYaml> {
  const text = files.findLast(({ path }) => path === REGISTRIES_YAML_PATH)?.content;
  return text === undefined ? { mirrors: {} } : parseRegistriesYaml(text);
}

export const wantedCertificates = (files: readonly ContainerFile[]): ContainerFile[] =>
  files.filter(({ path }) => path.startsWith(`${CA_DIRECTORY}/`));

export const wantedHosting = (files: readonly ContainerFile[]): ContainerFile | undefined =>
  files.find(({ path }) => path === HOSTING_MANIFEST_PATH);

/** What is broken is written anew. */
export async function lenient(text: string | undefined): Promise<RegistriesYaml> {
  try {
    return text === undefined ? {} : await parseRegistriesYaml(text);
  } catch (error) {
    if (isK3dError(error, "INVALID_CONFIG")) return {};
    throw error;
  }
}

/** Only on a network of the cluster's own, and with no other cluster on it: elsewhere others use it. */
export async function unwantedRegistries(
  { name, network, registries: { create, use } }: DesiredCluster,
  observed: ObservedCluster,
  registries: readonly NodeView[],
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<LiveDrift["unwantedRegistries"]> {
  if (observed.view.network.external || observed.network === undefined) return [];
  const wanted = new Set([...use.map((registry) => registry.name), create?.name]);
  const left = registries.filter(
    (registry) => registry.networks.includes(network.name) && !wanted.has(registry.name),
  );
  if (left.length === 0) return [];
  const all = await listNodesAndRegistries(runtime, options);
  const beside = clustersBeside({ networks: [network.name] }, all);
  if (beside.some((cluster) => cluster !== name)) return [];
  return left.map((registry) => ({
    name: registry.name,
    madeWithCluster: registry.cluster === name,
  }));
}
