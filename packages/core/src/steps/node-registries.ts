import { K3dError } from "../errors/index.js";
import { packFiles } from "../runtime/archive.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { NodeView } from "../node/views.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { readsHostFiles, hostDirectory, hostFiles } from "../registry/containerd-hosts.js";
import { REGISTRIES_YAML_PATH, registriesYamlFile } from "../registry/node-files.js";
import { changedHosts, changesElsewhere } from "../registry/changed-hosts.js";
import { type RegistriesYaml, parseRegistriesYaml } from "../registry/registries-yaml.js";
import { exec } from "../runtime/run-command.js";

/** What a node's registry configuration will become. */
export interface NodeRegistryChange {
  node: NodeView;
  before: RegistriesYaml;
  yaml: RegistriesYaml;
  /** Hosts whose mirrors differ from before. */
  hosts: string[];
  /** What is no mirror differs too, which k3s alone can tell containerd. */
  elsewhere: boolean;
  /** Further files to place. */
  files: ContainerFile[];
}

/** How a node came to know of a change. */
export type ChangeEffect = "live" | "restart";

/**
 * Reads a node's `registries.yaml` and works out the new one; writes nothing.
 *
 * @returns `undefined` when there is nothing to change.
 * @throws `INVALID_CONFIG`, `CONFLICTING_OPTIONS`.
 */
export async function planNodeChange(
  runtime: ContainerRuntime,
  node: NodeView,
  change: (yaml: RegistriesYaml) => RegistriesYaml,
  files: ContainerFile[],
  options: CallOptions,
): Promise<NodeRegistryChange | undefined> {
  const text = await readContainerFile(runtime, node.id, REGISTRIES_YAML_PATH, options);
  const before = await parseOf(node, text);
  return planNodeRegistries(runtime, node, { before, yaml: change(before), files }, options);
}

/** As {@link planNodeChange}, from what is known to be there. @throws `CONFLICTING_OPTIONS`. */
export async function planNodeRegistries(
  runtime: ContainerRuntime,
  node: NodeView,
  { before, yaml, files }: Pick<NodeRegistryChange, "before" | "yaml" | "files">,
  options: CallOptions,
): Promise<NodeRegistryChange | undefined> {
  const hosts = changedHosts(before, yaml);
  const elsewhere = changesElsewhere(before, yaml);
  const isStale = async ({ path, content }: ContainerFile): Promise<boolean> =>
    (await readContainerFile(runtime, node.id, path, options)) !== content;
  const stale = await Promise.all(files.map(isStale));
  if (hosts.length === 0 && !elsewhere && !stale.includes(true)) return undefined;
  const { mounts } = await runtime.containers.inspect(node.id, options);
  if (mounts.some(({ destination }) => destination === REGISTRIES_YAML_PATH)) {
    throw new K3dError(
      "CONFLICTING_OPTIONS",
      `${REGISTRIES_YAML_PATH} of node '${node.name}' is mounted from outside`,
      {
        hint: "Change the mounted file itself, then restart the cluster.",
      },
    );
  }
  return { node, before, yaml, hosts, elsewhere, files };
}

async function parseOf(node: NodeView, text: string | undefined): Promise<RegistriesYaml> {
  try {
    return text === undefined ? {} : await parseRegistriesYaml(text);
  } catch (error) {
    throw new K3dError("INVALID_CONFIG", `Node '${node.name}': ${(error as Error).message}`, {
      hint: `Repair ${REGISTRIES_YAML_PATH} in the node first.`,
      cause: error,
    });
  }
}

/** Writes the change; containerd of a running node learns of it at once where it can. */
export async function applyNodeChange(
  runtime: ContainerRuntime,
  change: NodeRegistryChange,
  options: CallOptions,
): Promise<ChangeEffect> {
  const { node, yaml, hosts } = change;
  const files = [await registriesYamlFile(yaml), ...change.files];
  const running = node.status === "running" || node.status === "paused";
  const rendered =
    running && !change.elsewhere && (await readsHostFiles(runtime, node.id, options))
      ? hostFiles(hosts, yaml)
      : undefined;
  await runtime.containers.putArchive(
    node.id,
    "/",
    await packFiles([...files, ...(rendered ?? [])]),
    options,
  );
  if (!running) return "live";
  if (rendered === undefined) return "restart";
  const removed = hosts.filter((host) => yaml.mirrors?.[host] === undefined);
  if (removed.length > 0)
    await exec(runtime, node.name, ["rm", "-rf", ...removed.map(hostDirectory)], options);
  return "live";
}
