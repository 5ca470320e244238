import type { RegistriesYaml } from "./registries-yaml.js";

/** Hosts whose mirrors differ: endpoints, rewrites, and how to talk to the endpoints. */
export function changedHosts(before: RegistriesYaml, after: RegistriesYaml): string[] {
  const hosts = new Set([
    ...Object.keys(before.mirrors ?? {}),
    ...Object.keys(after.mirrors ?? {}),
  ]);
  const told = (yaml: RegistriesYaml, host: string): string => {
    const mirror = yaml.mirrors?.[host];
    const endpoints = mirror?.endpoint ?? [];
    return canonical([mirror, endpoints.map((url) => yaml.configs?.[hostOf(url)])]);
  };
  return [...hosts].filter((host) => told(before, host) !== told(after, host));
}

/** Whether anything else differs: credentials of a host without a mirror, or what k3d does not know. */
export function changesElsewhere(before: RegistriesYaml, after: RegistriesYaml): boolean {
  const rest = ({ mirrors, configs, ...unknown }: RegistriesYaml): string => {
    const endpoints = Object.values(mirrors ?? {}).flatMap((mirror) => mirror?.endpoint ?? []);
    const mirrored = new Set(endpoints.map(hostOf));
    const others = Object.entries(configs ?? {}).filter(([host]) => !mirrored.has(host));
    return canonical({ ...unknown, configs: Object.fromEntries(others) });
  };
  // Of a mirror that goes, the credentials may stay: they do nothing.
  return (
    rest({ ...before, mirrors: allMirrors(before, after) }) !==
    rest({ ...after, mirrors: allMirrors(before, after) })
  );
}

function allMirrors(one: RegistriesYaml, other: RegistriesYaml): RegistriesYaml["mirrors"] {
  const entries = [one, other].flatMap(({ mirrors }) => Object.values(mirrors ?? {}));
  return Object.fromEntries(entries.map((mirror, position) => [String(position), mirror]));
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** JSON in which the order of fields says nothing, and a field without a value is none. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    if (typeof field !== "object" || field === null || Array.isArray(field))
      return field ?? undefined;
    const entries = Object.entries(field).filter(
      ([, inner]) => inner !== undefined && inner !== null,
    );
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
