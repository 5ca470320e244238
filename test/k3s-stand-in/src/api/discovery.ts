import { apiVersionOf, resources, verbs, type Resource } from "./resources.ts";

function resourceList(of: Resource): Record<string, unknown>[] {
  const main = {
    name: of.plural,
    singularName: of.singular,
    namespaced: of.namespaced,
    kind: of.kind,
    verbs,
    ...(of.shortNames.length ? { shortNames: of.shortNames } : {}),
    ...(of.categories.length ? { categories: of.categories } : {}),
  };
  const status = {
    name: `${of.plural}/status`,
    singularName: "",
    namespaced: of.namespaced,
    kind: of.kind,
    verbs: ["get", "patch", "update"],
  };
  const eviction = {
    name: `${of.plural}/eviction`,
    singularName: "",
    namespaced: true,
    group: "policy",
    version: "v1",
    kind: "Eviction",
    verbs: ["create"],
  };
  return [
    main,
    ...(of.group === "" && of.plural === "pods" ? [eviction] : []),
    ...(of.status ? [status] : []),
  ];
}

function groups(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { group, version } of resources) {
    if (!group) continue;
    const versions = found.get(group) ?? [];
    if (!versions.includes(version)) versions.push(version);
    found.set(group, versions);
  }
  return found;
}

function groupObject(name: string, versions: string[]): Record<string, unknown> {
  const list = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

/** Answers the discovery paths `/api`, `/apis` and below; undefined for other paths. */
export function discovery(
  path: string,
  serverAddress: string,
): Record<string, unknown> | undefined {
  const parts = path.split("/").filter(Boolean);
  if (path === "/")
    return {
      paths: [
        "/api",
        "/api/v1",
        "/apis",
        "/healthz",
        "/livez",
        "/openapi/v2",
        "/openapi/v3",
        "/readyz",
        "/version",
      ],
    };
  if (path === "/api")
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
    };
  if (path === "/apis")
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: [...groups()].map(([name, versions]) => groupObject(name, versions)),
    };
  if (path === "/api/v1") return listOf("v1");
  if (parts[0] !== "apis") return undefined;
  const versions = groups().get(parts[1] ?? "");
  if (!versions) return undefined;
  if (parts.length === 2)
    return { kind: "APIGroup", apiVersion: "v1", ...groupObject(parts[1] as string, versions) };
  if (parts.length === 3 && versions.includes(parts[2] as string))
    return listOf(`${parts[1]}/${parts[2]}`);
  return undefined;
}

function listOf(groupVersion: string): Record<string, unknown> {
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: resources.filter((of) => apiVersionOf(of) === groupVersion).flatMap(resourceList),
  };
}
