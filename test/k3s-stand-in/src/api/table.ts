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

/** Renders objects as the `Table` that kubectl prints. */
export function tableOf(
  resource: Resource,
  objects: KubeObject[],
  version: string,
  resourceVersion: string,
  includeObject: string,
  withColumns = true,
): Record<string, unknown> {
  const columns = columnsOf(resource);
  return {
    kind: "Table",
    apiVersion: version,
    metadata: { resourceVersion },
    columnDefinitions: withColumns
      ? columns.map(({ name, type, format, priority }) => ({
          name,
          type: type ?? "string",
          format: format ?? "",
          description: name,
          priority: priority ?? 0,
        }))
      : [],
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object)),
      ...rowObject(object, version, includeObject),
    })),
  };
}

function rowObject(object: KubeObject, version: string, include: string): Record<string, unknown> {
  if (include === "None") return {};
  if (include === "Object") return { object };
  return {
    object: { kind: "PartialObjectMetadata", apiVersion: version, metadata: object.metadata },
  };
}
