import { K3dError } from "../../errors/index.js";
import { packFiles } from "../../runtime/archive.js";
import { readContainerFile } from "../../runtime/read-file.js";
import type { NodeView } from "../../node/views.js";
import type { ContainerFile } from "../../runtime/container-file.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { containerdHostFile, hostDirectory } from "../../registry/containerd-hosts.js";
import { REGISTRIES_YAML_PATH, registriesYamlFile } from "../../registry/node-files.js";
import { type RegistriesYaml, parseRegistriesYaml } from "../../registry/registries-yaml.js";
import { exec } from "../../runtime/run-command.js";

const CONTAINERD_CONFIG_PATH = "/var/lib/rancher/k3s/agent/etc/containerd/config.toml";

/** What a node's registry configuration will become. */
export interface NodeRegistryChange {
  node: NodeView;
  yaml: RegistriesYaml;
  /** Hosts whose mirrors differ from before. */
  hosts: string[];
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
  const yaml = change(before);
  const hosts = changedHosts(before, yaml);
  const isStale = async ({ path, content }: ContainerFile): Promise<boolean> =>
    (await readContainerFile(runtime, node.id, path, options)) !== content;
  const stale = await Promise.all(files.map(isStale));
  if (hosts.length === 0 && !stale.includes(true)) return undefined;
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
  return { node, yaml, hosts, files };
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

function changedHosts(before: RegistriesYaml, after: RegistriesYaml): string[] {
  const hosts = new Set([
    ...Object.keys(before.mirrors ?? {}),
    ...Object.keys(after.mirrors ?? {}),
  ]);
  const differs = (host: string): boolean => {
    const [one, other] = [before, after].map(({ mirrors, configs }) => {
      const mirror = mirrors?.[host];
      const endpoints = mirror?.endpoint ?? [];
      return JSON.stringify([mirror, endpoints.map((url) => configs?.[hostOf(url)])]);
    });
    return one !== other;
  };
  return [...hosts].filter(differs);
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** Writes the change; containerd of a running node learns of it at once where it can. */
export async function applyNodeChange(
  runtime: ContainerRuntime,
  change: NodeRegistryChange,
  options: CallOptions,
): Promise<ChangeEffect> {
  const { node, yaml, hosts } = change;
  const files = [await registriesYamlFile(yaml), ...change.files];
  const running = node.status === "running" || node.status === "paused";
  const live = running && (await readsHostFiles(runtime, node, options));
  const hostFiles = live
    ? hosts.map((host) =>
        yaml.mirrors?.[host] === undefined ? undefined : containerdHostFile(host, yaml),
      )
    : [];
  const removed = hosts.filter((host) => yaml.mirrors?.[host] === undefined);
  const renderable =
    live && hosts.every((host, index) => removed.includes(host) || hostFiles[index] !== undefined);
  if (renderable) files.push(...hostFiles.filter((file) => file !== undefined));
  await runtime.containers.putArchive(node.id, "/", await packFiles(files), options);
  if (!running) return "live";
  if (!renderable) return "restart";
  if (removed.length > 0)
    await exec(runtime, node.name, ["rm", "-rf", ...removed.map(hostDirectory)], options);
  return "live";
}

/** Whether k3s has told containerd to look into the directory of host files. */
async function readsHostFiles(
  runtime: ContainerRuntime,
  node: NodeView,
  options: CallOptions,
): Promise<boolean> {
  const config = await readContainerFile(runtime, node.id, CONTAINERD_CONFIG_PATH, options);
  return config !== undefined && /^\s*config_path\s*=\s*["'][^"']*certs\.d/m.test(config);
}
