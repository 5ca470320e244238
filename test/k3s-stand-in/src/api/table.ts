import type { KubeObject } from "../store/types.ts";
import { columnsOf } from "./columns.ts";
import type { Resource } from "./resources.ts";

/** Whether the client asks for a Table, and in which version. */
export function tableVersion(accept: string | undefined): string | undefined {
  for (const part of (accept ?? "").split(",")) {
    const parameters = part.split(";").map((item) => item.trim());
    if (!parameters.includes("as=Table")) continue;
    const version = parameters.find((item) => item.startsWith("v="))?.slice(2);
    return `meta.k8s.io/${version ?? "v1"}`;
  }
  return undefined;
}

/** Age as kubectl prints it, such as `42s`, `3m10s`, `5d2h`. */
export function humanAge(since: string | undefined, now = Date.now()): string {
  if (!since) return "<unknown>";
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 ? `${minutes}m${seconds % 60}s` : `${minutes}m`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 ? `${hours}h${minutes % 60}m` : `${hours}h`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return hours % 24 ? `${days}d${hours % 24}h` : `${days}d`;
  return `${days}d`;
}

/** Renders objects as the `Table` that kubectl prints. */
export function tableOf(resource: Resource, objects: KubeObject[], version: string, resourceVersion: string, includeObject: string, withColumns = true): Record<string, unknown> {
  const columns = columnsOf(resource);
  return {
    kind: "Table",
    apiVersion: version,
    metadata: { resourceVersion },
    columnDefinitions: withColumns ? columns.map(({ name, type, format, priority }) => ({ name, type: type ?? "string", format: format ?? "", description: name, priority: priority ?? 0 })) : [],
    rows: objects.map((object) => ({ cells: columns.map((column) => column.cell(object)), ...rowObject(object, version, includeObject) })),
  };
}

function rowObject(object: KubeObject, version: string, include: string): Record<string, unknown> {
  if (include === "None") return {};
  if (include === "Object") return { object };
  return { object: { kind: "PartialObjectMetadata", apiVersion: version, metadata: object.metadata } };
}
