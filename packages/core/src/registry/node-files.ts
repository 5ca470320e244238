import type { PlannedFile, PlannedNode, PlannedRegistries } from "../plan/cluster-plan.js";
import { type RegistryDefinition, registryEndpointOf } from "./definition.js";
import { localRegistryHosting } from "./hosting.js";
import { mergeRegistriesYaml, parseRegistriesYaml, registriesYaml } from "./registries-yaml.js";

/** Where k3s reads its registries from. */
export const REGISTRIES_YAML_PATH = "/etc/rancher/k3s/registries.yaml";

/** What a k3s node needs to know of registries; nothing when there are none. */
export async function nodeRegistryFiles(
  { use, userConfig }: PlannedRegistries,
  created: RegistryDefinition | undefined,
  node: PlannedNode,
): Promise<PlannedFile[]> {
  if (node.role !== "server" && node.role !== "agent") return [];
  const endpoints = [...(created === undefined ? [] : [registryEndpointOf(created)]), ...use];
  if (endpoints.length === 0 && userConfig === undefined) return [];
  const { stringify } = await import("yaml");
  const ours = registriesYaml(endpoints);
  const merged = userConfig === undefined ? ours : mergeRegistriesYaml(ours, await parseRegistriesYaml(userConfig));
  const files: PlannedFile[] = [
    { path: REGISTRIES_YAML_PATH, content: stringify(merged), mode: 0o600, description: "registries for containerd" },
  ];
  const [first] = endpoints;
  if (node.initServer && first !== undefined) files.push(await localRegistryHosting(first, HELP));
  return files;
}

const HELP = "https://k3d.io/stable/usage/registries/#using-a-local-registry";
