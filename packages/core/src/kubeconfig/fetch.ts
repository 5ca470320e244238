import { unpackFile } from "../runtime/archive.js";
import { KUBECONFIG_PATH } from "../model/defaults.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** The kubeconfig as k3s wrote it inside a server. @throws `NOT_FOUND` until it has. */
export async function fetchKubeconfig(
  runtime: ContainerRuntime,
  server: string,
  signal?: AbortSignal,
): Promise<string> {
  const archive = await runtime.containers.getArchive(server, KUBECONFIG_PATH, { signal });
  return (await unpackFile(archive)).toString("utf8");
}
