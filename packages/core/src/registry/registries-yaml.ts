import { yamlReason } from "../errors/yaml-reason.js";
import { K3dError } from "../errors/index.js";

/** What clients need to use a registry besides its address. Secret; never part of a plan or a label. */
export interface RegistryAccess {
  /** PEM of the authority to trust. */
  ca?: string;
  /** Basic auth. */
  auth?: { username: string; password: string };
}

/** A registry that nodes shall be able to pull from. */
export interface RegistryEndpoint {
  /** Container name, which is also its host name on the cluster's network. */
  name: string;
  /** Port on the host. */
  externalPort?: number;
  /** Port inside the container. */
  internalPort: number;
  /** Host whose images it caches (`docker.io`), when it is a pull-through proxy. */
  proxies?: string;
  /** It speaks TLS. */
  tls?: boolean;
  /** Filled in when a plan is carried out. */
  access?: RegistryAccess;
}

type Mapping = Record<string, unknown>;

/** The endpoints of one host, in the order in which they are tried. */
export interface RegistryMirror {
  endpoint?: string[];
  rewrite?: Record<string, string>;
}

/** How to talk to one endpoint host. */
export interface RegistryHostConfig {
  auth?: { username?: string; password?: string; auth?: string; identity_token?: string };
  tls?: { ca_file?: string; cert_file?: string; key_file?: string; insecure_skip_verify?: boolean };
  [key: string]: unknown;
}

/** `registries.yaml` as k3s reads it: https://docs.k3s.io/installation/private-registry */
export interface RegistriesYaml {
  mirrors?: Record<string, RegistryMirror | null>;
  configs?: Record<string, RegistryHostConfig | null>;
  [key: string]: unknown;
}

/** The address of a registry on its networks, as `registries.yaml` and the file names below it have it. */
export const internalHost = ({ name, internalPort }: RegistryEndpoint): string =>
  `${name}:${internalPort}`;

/** URL that nodes use. */
export const endpointUrl = (registry: RegistryEndpoint): string =>
  `${registry.tls === true ? "https" : "http"}://${internalHost(registry)}`;

/** The hosts in image references that lead to this registry. */
export function mirroredHosts(registry: RegistryEndpoint): string[] {
  return [
    ...(registry.externalPort === undefined ? [] : [`${registry.name}:${registry.externalPort}`]),
    internalHost(registry),
    ...(registry.proxies === undefined ? [] : [registry.proxies]),
  ];
}

/** Where the nodes keep the certificates of registries' authorities. */
export const CA_DIRECTORY = "/etc/rancher/k3s/k3d-registries";

/** Where the nodes keep the certificate of a registry's authority. */
export const caPath = ({ name }: RegistryEndpoint): string => `${CA_DIRECTORY}/${name}.crt`;

/** Mirrors (and credentials) for registries of k3d's own. */
export function registriesYaml(registries: readonly RegistryEndpoint[]): RegistriesYaml {
  return registries.reduce<RegistriesYaml>(addRegistry, { mirrors: {} });
}

/** `yaml` with one registry more, which is tried after those that are there. */
export function addRegistry(yaml: RegistriesYaml, registry: RegistryEndpoint): RegistriesYaml {
  const mirrors = { ...yaml.mirrors };
  const url = endpointUrl(registry);
  for (const host of mirroredHosts(registry)) {
    const present = mirrors[host]?.endpoint ?? [];
    if (!present.includes(url)) mirrors[host] = { ...mirrors[host], endpoint: [...present, url] };
  }
  const config = hostConfig(registry);
  const host = internalHost(registry);
  if (config === undefined) return { ...yaml, mirrors };
  return {
    ...yaml,
    mirrors,
    configs: { ...yaml.configs, [host]: { ...yaml.configs?.[host], ...config } },
  };
}

/** `yaml` without what {@link addRegistry} put in; other endpoints stay. */
export function removeRegistry(yaml: RegistriesYaml, registry: RegistryEndpoint): RegistriesYaml {
  const url = endpointUrl(registry);
  const mirrors: NonNullable<RegistriesYaml["mirrors"]> = {};
  for (const [host, mirror] of Object.entries(yaml.mirrors ?? {})) {
    if (!mirror?.endpoint?.includes(url)) {
      mirrors[host] = mirror;
      continue;
    }
    const endpoint = mirror.endpoint.filter((other) => other !== url);
    if (endpoint.length > 0 || mirror.rewrite !== undefined)
      mirrors[host] = { ...mirror, endpoint };
  }
  const { [internalHost(registry)]: _removed, ...configs } = yaml.configs ?? {};
  const { mirrors: _mirrors, configs: _configs, ...rest } = yaml;
  return { ...rest, mirrors, ...(Object.keys(configs).length === 0 ? {} : { configs }) };
}

function hostConfig({ access, ...registry }: RegistryEndpoint): RegistryHostConfig | undefined {
  if (access?.ca === undefined && access?.auth === undefined) return undefined;
  return {
    auth: access.auth,
    ...(access.ca === undefined ? {} : { tls: { ca_file: caPath(registry) } }),
  };
}

/** `user` over `base`: what the user wrote about a host wins as a whole. */
export function mergeRegistriesYaml(base: RegistriesYaml, user: RegistriesYaml): RegistriesYaml {
  const mirrors = { ...base.mirrors, ...user.mirrors };
  const configs = { ...base.configs, ...user.configs };
  return {
    ...base,
    ...user,
    ...(Object.keys(mirrors).length === 0 ? {} : { mirrors }),
    ...(Object.keys(configs).length === 0 ? {} : { configs }),
  };
}

/** From here on comparing every key with all others takes too long. */
const LONG_TEXT = 100_000;

/** @throws `INVALID_CONFIG` unless `text` is a YAML mapping with mappings for `mirrors` and `configs`. */
export async function parseRegistriesYaml(text: string): Promise<RegistriesYaml> {
  const { parse } = await import("yaml");
  const fail = (reason: string, cause?: unknown): K3dError =>
    new K3dError("INVALID_CONFIG", `The registries configuration cannot be used: ${reason}`, {
      hint: "See https://docs.k3s.io/installation/private-registry for its form.",
      cause,
    });
  let value: unknown;
  try {
    value = parse(text, { uniqueKeys: text.length < LONG_TEXT });
  } catch (error) {
    throw fail(yamlReason(error as Error));
  }
  if (value === null) return {};
  if (!isMapping(value)) throw fail("it is not a mapping");
  for (const key of ["mirrors", "configs"]) {
    const part = value[key];
    if (part !== undefined && part !== null && !isMapping(part))
      throw fail(`'${key}' is not a mapping`);
  }
  return value;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
