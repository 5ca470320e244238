import { parseRegistryRef } from "../config/registry-refs.js";
import type { ResolvedConfig } from "../config/simple-config.js";
import { parseVolumeSpec } from "../config/volumes.js";
import { K3dError } from "../errors/index.js";
import { REGISTRY_PORT } from "../model/defaults.js";
import { LABELS } from "../model/labels.js";
import { defaultRegistryName } from "../model/names.js";
import type { NodeView } from "../model/views.js";
import { type RegistryDefinition, registryToSpec } from "../registry/definition.js";
import type { RegistryEndpoint } from "../registry/registries-yaml.js";
import type { PlannedNode, PlannedRegistries } from "./cluster-plan.js";
import type { PlanFacts } from "./facts.js";

/** The registries that the cluster makes or uses, and what the user says of others. */
export function planRegistries(config: ResolvedConfig, facts: PlanFacts): PlannedRegistries {
  const { create, use, config: userConfig } = config.registries;
  return {
    ...(create === undefined ? {} : { create: definition(config, create, facts), portsMatch: create.enforcePortMatch === true }),
    use: use.map((text) => existing(text, facts)),
    ...(userConfig === undefined ? {} : { userConfig }),
  };
}

/** The registry made with the cluster, as one of its containers. */
export function registryNode(registry: RegistryDefinition, cluster: { name: string; id: string }, network: string, version: string): PlannedNode {
  return {
    name: registry.name,
    role: "registry",
    index: 0,
    initServer: false,
    spec: registryToSpec(registry, { version, network, cluster }),
    files: [],
  };
}

function definition(config: ResolvedConfig, create: NonNullable<ResolvedConfig["registries"]["create"]>, facts: PlanFacts): RegistryDefinition {
  const { remoteURL, username, password } = create.proxy ?? {};
  const port = create.hostPort === undefined || create.hostPort === "random" ? undefined : Number(create.hostPort);
  return {
    name: create.name ?? defaultRegistryName(config.metadata.name),
    image: create.image ?? facts.images.registry,
    hostIp: create.host ?? "0.0.0.0",
    ...(port === undefined ? {} : { hostPort: port, ...(create.enforcePortMatch === true ? { internalPort: port } : {}) }),
    ...(remoteURL === undefined
      ? {}
      : {
          proxy: {
            remoteUrl: remoteURL,
            ...(username === undefined ? {} : { username }),
            ...(password === undefined ? {} : { password }),
          },
        }),
    deleteEnabled: false,
    mounts: (create.volumes ?? []).map((text) => {
      const { type, source, destination, options } = parseVolumeSpec(text);
      return { type, source, destination, ...(options.length > 0 ? { options } : {}) };
    }),
  };
}

function existing(text: string, facts: PlanFacts): RegistryEndpoint {
  const { name, port } = parseRegistryRef(text);
  const found = facts.registries.find((node) => node.name === name || node.name === `k3d-${name}`);
  if (found === undefined) {
    const names = facts.registries.map((node) => node.name).join(", ");
    throw new K3dError("NOT_FOUND", `Registry '${name}' does not exist`, {
      hint: names === "" ? "Create it with: k3d registry create" : `Registries that exist: ${names}.`,
    });
  }
  return registryEndpoint(found, port);
}

/** How nodes reach a registry that runs already. */
export function registryEndpoint(node: NodeView, port?: number): RegistryEndpoint {
  const label = (name: string): number | undefined => Number(node.labels[name]) || undefined;
  const internalPort = port ?? label(LABELS.registryPortInternal) ?? REGISTRY_PORT;
  const externalPort =
    node.ports.find(({ containerPort }) => containerPort === internalPort)?.hostPort ?? label(LABELS.registryPortExternal);
  const proxies = node.labels[LABELS.registryProxies];
  return {
    name: node.name,
    internalPort,
    ...(externalPort === undefined ? {} : { externalPort }),
    ...(proxies === undefined ? {} : { proxies }),
    ...(node.labels[LABELS.registryTls] === "true" ? { tls: {} } : {}),
  };
}
