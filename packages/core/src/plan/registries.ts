import type { RegistryRef } from "../config/registry-refs.js";
import type { ResolvedConfig } from "../config/resolved-config.js";
import { REGISTRY_PORT } from "../model/defaults.js";
import { defaultRegistryName } from "../model/names.js";
import { registryFiles } from "../registry/config-files.js";
import { type RegistryDefinition, registryToSpec } from "../registry/definition.js";
import { parseRegistryProxy } from "../registry/proxy.js";
import type { RegistryEndpoint } from "../registry/registries-yaml.js";
import { findRegistries, registryEndpoint } from "../registry/view.js";
import type { DesiredNode, DesiredRegistries } from "./desired.js";
import type { Facts } from "./facts.js";
import { openPortKey } from "./open-ports.js";

/** The registries that the cluster makes or uses, and what the user says of others. */
export function planRegistries(config: ResolvedConfig, facts: Facts): DesiredRegistries {
  const { create, refs, config: userConfig } = config.registries;
  return {
    ...(create === undefined ? {} : { create: definition(config, create, facts) }),
    use: refs.flatMap((ref) => existing(ref, facts)),
    userConfig,
  };
}

/** The registry made with the cluster, as one of its containers. */
export async function registryNode(
  registry: RegistryDefinition,
  cluster: { name: string; id: string },
  network: string,
  version: string,
): Promise<DesiredNode> {
  return {
    name: registry.name,
    role: "registry",
    index: 0,
    initServer: false,
    spec: registryToSpec(registry, { version, network, cluster }),
    files: await registryFiles(registry),
  };
}

function definition(
  config: ResolvedConfig,
  create: NonNullable<ResolvedConfig["registries"]["create"]>,
  facts: Facts,
): RegistryDefinition {
  const { remoteURL, username, password } = create.proxy ?? {};
  const credentials = {
    username,
    password,
  };
  const name = create.name ?? defaultRegistryName(config.metadata.name);
  const hostIp = create.host ?? "0.0.0.0";
  const open = { containerPort: REGISTRY_PORT, protocol: "tcp", hostIp } as const;
  const port =
    create.port ??
    facts.existing?.registryPorts[name] ??
    facts.settled.hostPorts[openPortKey(name, open)];
  return {
    name,
    image: create.image ?? facts.images.registry,
    hostIp,
    ...(port === undefined ? {} : { hostPort: port }),
    ...(create.enforcePortMatch === true ? { portMatch: true } : {}),
    ...(remoteURL === undefined ? {} : { proxy: parseRegistryProxy(remoteURL, credentials) }),
    deleteEnabled: false,
    mounts: create.mounts.map(({ type, source, destination, options }) => ({
      type,
      source,
      destination,
      ...(options.length > 0 ? { options } : {}),
    })),
  };
}

/** The registries of k3d's that `NAME[:PORT]` means, whatever the port: see {@link registryPortWarnings}. */
function existing({ name }: RegistryRef, facts: Facts): RegistryEndpoint[] {
  return findRegistries(name, facts.registries).map((node) => {
    const endpoint = registryEndpoint(node);
    const access = facts.registryAccess[node.name];
    return access === undefined ? endpoint : { ...endpoint, access };
  });
}

/** Ports that a registry does not have: k3d v5 takes them too, and uses those that there are. */
export function registryPortWarnings(refs: readonly RegistryRef[], facts: Facts): string[] {
  return refs.flatMap(({ name, port, hostPort }) =>
    findRegistries(name, facts.registries).flatMap((node) => {
      const { internalPort, externalPort } = registryEndpoint(node);
      const wrong = [port, hostPort].find(
        (given) => given !== undefined && given !== internalPort && given !== externalPort,
      );
      if (wrong === undefined) return [];
      const published =
        externalPort === undefined ? "" : `, and at port ${externalPort} of this machine`;
      return [
        `Registry '${node.name}' does not listen at port ${wrong}: pods reach it at port ${internalPort}${published}.`,
      ];
    }),
  );
}
