import { isRegistryFile } from "../registry/node-files.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerFile } from "../runtime/container-file.js";
import { readContainerDirectory } from "../runtime/read-file.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** Holds `registries.yaml`, and what k3d puts beside it. */
const DIRECTORY = "/etc/rancher/k3s";

/** What a k3s node, running or not, knows of registries: `registries.yaml` and certificates. */
export async function readRegistryFiles(
  runtime: ContainerRuntime,
  { id }: { id: string },
  options: CallOptions,
): Promise<ContainerFile[]> {
  const files = await readContainerDirectory(runtime, id, DIRECTORY, options);
  return files.filter(({ path }) => isRegistryFile(path));
}
