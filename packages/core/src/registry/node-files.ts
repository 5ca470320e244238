import type { Role } from "../model/roles.js";
import type { ContainerFile } from "../runtime/container-file.js";
import { HOSTING_MANIFEST_PATH, localRegistryHosting } from "./hosting.js";
import {
  type RegistriesYaml,
  CA_DIRECTORY,
  type RegistryEndpoint,
  caPath,
  mergeRegistriesYaml,
  parseRegistriesYaml,
  registriesYaml,
} from "./registries-yaml.js";

/** Where k3s reads its registries from. */
export const REGISTRIES_YAML_PATH = "/etc/rancher/k3s/registries.yaml";

/** Whether a node's file is about registries: changed in a node that runs, and no reason to replace it. */
export const isRegistryFile = (path: string): boolean =>
  path === REGISTRIES_YAML_PATH ||
  path === HOSTING_MANIFEST_PATH ||
  path.startsWith(`${CA_DIRECTORY}/`);

/** What a k3s node needs to know of registries; nothing when there are none. */
export async function nodeRegistryFiles(
  endpoints: readonly RegistryEndpoint[],
  userConfig: string | undefined,
  node: { role: Role; initServer: boolean },
): Promise<ContainerFile[]> {
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

export async function registriesYamlFile(yaml: RegistriesYaml): Promise<ContainerFile> {
  const { stringify } = await import("yaml");
  return {
    path: REGISTRIES_YAML_PATH,
    content: stringify(yaml),
    mode: 0o600,
    description: "registries for containerd",
  };
}

/** The certificate of a registry's authority, where it has one of its own. */
export function caFile(registry: RegistryEndpoint): ContainerFile[] {
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
): Promise<ContainerFile | undefined> {
  const first = endpoints.find(({ proxies }) => proxies === undefined);
  return first === undefined ? undefined : localRegistryHosting(first, HELP);
}

const HELP = "https://k3d.io/stable/usage/registries/#using-a-local-registry";
