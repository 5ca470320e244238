import type { RegistryConnection } from "@k3d/core";
import { registryJson, type RegistryJson } from "./json.js";

/** What `registry connect|disconnect --json` print. */
export interface ConnectionJson extends Omit<RegistryConnection, "registries"> {
  registries: RegistryJson[];
}

export function connectionJson({ registries, ...rest }: RegistryConnection): ConnectionJson {
  return { ...rest, registries: registries.map((registry) => registryJson(registry)) };
}

export function connectionText(
  { cluster, registries, changed, restarted, pending }: RegistryConnection,
  verb: string,
): string {
  const names = registries.map(({ name }) => name).join(", ");
  const nodes =
    changed.length === 0 ? "the nodes were configured already" : `configured ${list(changed)}`;
  return [
    `Registry ${names} ${verb} cluster ${cluster}: ${nodes}`,
    ...(restarted.length === 0 ? [] : [`Restarted ${list(restarted)}`]),
    ...(pending.length === 0 ? [] : [`After their next start it is known to ${list(pending)}`]),
  ].join("\n");
}

const list = (names: readonly string[]): string => names.join(", ");
