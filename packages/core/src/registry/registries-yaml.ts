import { K3dError } from "../errors/index.js";

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
  /** It speaks TLS; `ca` is the path of its certificate inside the nodes. */
  tls?: { ca?: string };
  /** Basic auth that nodes shall use. */
  auth?: { username: string; password: string };
}

type Mapping = Record<string, unknown>;

/** `registries.yaml` as k3s reads it: https://docs.k3s.io/installation/private-registry */
export interface RegistriesYaml {
  mirrors?: Record<string, { endpoint?: string[]; rewrite?: Record<string, string> } | null>;
  configs?: Record<string, Mapping | null>;
  [key: string]: unknown;
}

/** Mirrors (and credentials) for registries of k3d's own. */
export function registriesYaml(registries: readonly RegistryEndpoint[]): RegistriesYaml {
  const result: Required<Pick<RegistriesYaml, "mirrors" | "configs">> = { mirrors: {}, configs: {} };
  for (const registry of registries) {
    const host = `${registry.name}:${registry.internalPort}`;
    const endpoint = [`${registry.tls === undefined ? "http" : "https"}://${host}`];
    const names = [
      ...(registry.externalPort === undefined ? [] : [`${registry.name}:${registry.externalPort}`]),
      host,
      ...(registry.proxies === undefined ? [] : [registry.proxies]),
    ];
    for (const name of names) result.mirrors[name] = { endpoint };
    if (registry.tls?.ca !== undefined || registry.auth !== undefined) {
      result.configs[host] = {
        ...(registry.auth === undefined ? {} : { auth: registry.auth }),
        ...(registry.tls?.ca === undefined ? {} : { tls: { ca_file: registry.tls.ca } }),
      };
    }
  }
  return Object.keys(result.configs).length === 0 ? { mirrors: result.mirrors } : result;
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

/** @throws `INVALID_CONFIG` unless `text` is a YAML mapping with mappings for `mirrors` and `configs`. */
export async function parseRegistriesYaml(text: string): Promise<RegistriesYaml> {
  const { parse } = await import("yaml");
  const fail = (reason: string, cause?: unknown): K3dError =>
    new K3dError("INVALID_CONFIG", `The registries configuration cannot be used: ${reason}`, {
      hint: "See https://docs.k3s.io/installation/private-registry for its form.",
      ...(cause === undefined ? {} : { cause }),
    });
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw fail((error as Error).message, error);
  }
  if (value === null) return {};
  if (!isMapping(value)) throw fail("it is not a mapping");
  for (const key of ["mirrors", "configs"]) {
    const part = value[key];
    if (part !== undefined && part !== null && !isMapping(part)) throw fail(`'${key}' is not a mapping`);
  }
  return value as RegistriesYaml;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
