import type { PlannedFile, PlannedNode, PlannedRegistries } from "../plan/cluster-plan.js";
import { localRegistryHosting } from "./hosting.js";
import {
  type RegistriesYaml,
  type RegistryEndpoint,
  caPath,
  mergeRegistriesYaml,
  parseRegistriesYaml,
  registriesYaml,
} from "./registries-yaml.js";

/** Where k3s reads its registries from. */
export const REGISTRIES_YAML_PATH = "/etc/rancher/k3s/registries.yaml";

/** What a k3s node needs to know of registries; nothing when there are none. */
export async function nodeRegistryFiles(
  endpoints: readonly RegistryEndpoint[],
  userConfig: PlannedRegistries["userConfig"],
  node: Pick<PlannedNode, "role" | "initServer">,
): Promise<PlannedFile[]> {
  if (node.role !== "server" && node.role !== "agent") return [];
  if (endpoints.length === 0 && userConfig === undefined) return [];
  const ours = registriesYaml(endpoints);
  const merged =
    userConfig === undefined
      ? ours
      : mergeRegistriesYaml(ours, await parseRegistriesYaml(userConfig));
  const hosting = node.initServer ? await hostingFile(endpoints) : undefined;
  return [
    await registriesYamlFile(merged),
    ...endpoints.flatMap(caFile),
    ...(hosting === undefined ? [] : [hosting]),
  ];
}

export async function registriesYamlFile(yaml: RegistriesYaml): Promise<PlannedFile> {
  const { stringify } = await import("yaml");
  return {
    path: REGISTRIES_YAML_PATH,
    content: stringify(yaml),
    mode: 0o600,
    description: "registries for containerd",
  };
}

/** The certificate of a registry's authority, where it has one of its own. */
export function caFile(registry: RegistryEndpoint): PlannedFile[] {
  const ca = registry.access?.ca;
  return ca === undefined
    ? []
    : [
        {
          path: caPath(registry),
          content: ca,
          mode: 0o644,
          description: `authority of registry ${registry.name}`,
        },
      ];
}

/** Tells tools of the first registry that images can be pushed to: a pull-through cache takes none. */
export async function hostingFile(
  endpoints: readonly RegistryEndpoint[],
): Promise<PlannedFile | undefined> {
  const first = endpoints.find(({ proxies }) => proxies === undefined);
  return first === undefined ? undefined : localRegistryHosting(first, HELP);
}

const HELP = "https://k3d.io/stable/usage/registries/#using-a-local-registry";
