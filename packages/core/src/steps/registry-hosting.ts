import { packFiles } from "../runtime/archive.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { EventSink } from "../events/index.js";
import { firstServer } from "../node/find.js";
import type { ClusterView, NodeView } from "../node/views.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { exec } from "../runtime/run-command.js";
import {
  HOSTING_CONFIG_MAP,
  HOSTING_MANIFEST_PATH,
  announces,
  isHostingManifest,
} from "../registry/hosting.js";
import { hostingFile } from "../registry/node-files.js";
import type { RegistryEndpoint } from "../registry/registries-yaml.js";

export interface HostingDeps {
  runtime: ContainerRuntime;
  events: EventSink;
}

/** Announces the first of these registries to tools in the cluster, unless one is announced already. */
export async function announce(
  cluster: ClusterView,
  registries: readonly RegistryEndpoint[],
  deps: HostingDeps,
  options: CallOptions,
): Promise<void> {
  const server = firstServer(cluster.nodes);
  const file = await hostingFile(registries);
  if (server === undefined || file === undefined) return;
  const present = await readContainerFile(deps.runtime, server.id, HOSTING_MANIFEST_PATH, options);
  if (isHostingManifest(present)) return;
  await placeHosting(server, file, deps, options);
}

/** Takes back the announcement of registries that are gone; the first of those that remain is announced instead. */
export async function unannounce(
  cluster: ClusterView,
  gone: readonly RegistryEndpoint[],
  remaining: readonly RegistryEndpoint[],
  deps: HostingDeps,
  options: CallOptions,
): Promise<void> {
  const server = firstServer(cluster.nodes);
  if (server === undefined) return;
  const manifest = await readContainerFile(deps.runtime, server.id, HOSTING_MANIFEST_PATH, options);
  if (manifest === undefined || !isHostingManifest(manifest)) return;
  const about = await Promise.all(gone.map((registry) => announces(manifest, registry)));
  if (!about.includes(true)) return;
  const next = await hostingFile(remaining);
  if (next !== undefined) {
    await placeHosting(server, next, deps, options);
    return;
  }
  await removeHosting(server, deps, options);
}

/** Takes the announcement out of a server. */
export async function removeHosting(
  server: NodeView,
  deps: HostingDeps,
  options: CallOptions,
): Promise<void> {
  if (server.status !== "running") {
    // What is stopped can have files written, not removed: k3s makes nothing of an empty manifest.
    const file = { path: HOSTING_MANIFEST_PATH, content: "# No registry.\n", mode: 0o600 };
    await placeHosting(server, file, deps, options);
    return;
  }
  await exec(deps.runtime, server.name, ["rm", "-f", HOSTING_MANIFEST_PATH], options);
  const { name, namespace } = HOSTING_CONFIG_MAP;
  await kubectl(
    server,
    ["delete", "configmap", name, "--namespace", namespace, "--ignore-not-found"],
    deps,
    options,
  );
}

/** Puts an announcement into a server. */
export async function placeHosting(
  server: NodeView,
  file: ContainerFile,
  deps: HostingDeps,
  options: CallOptions,
): Promise<void> {
  await deps.runtime.containers.putArchive(server.id, "/", await packFiles([file]), options);
  if (server.status === "running")
    await kubectl(server, ["apply", "--filename", file.path], deps, options);
}

/** k3s applies the directory by itself within seconds; doing it here only makes it at once. */
async function kubectl(
  server: NodeView,
  args: string[],
  { runtime, events }: HostingDeps,
  options: CallOptions,
): Promise<void> {
  try {
    await exec(runtime, server.name, ["kubectl", ...args], options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    events.emit({
      type: "log",
      level: "debug",
      message: `Left to k3s: ${(error as Error).message}`,
    });
  }
}
