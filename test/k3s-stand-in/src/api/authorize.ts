import { ApiError } from "../errors.ts";
import type { Target } from "./request.ts";
import { qualifiedName } from "./resources.ts";

export interface User {
  name: string;
  groups: string[];
}

const verbOf: Record<string, string> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};
const nodeResources = new Set([
  "nodes",
  "leases",
  "events",
  "pods",
  "configmaps",
  "secrets",
  "services",
  "endpoints",
]);

/** What the built-in roles allow: masters and k3s' own components everything, nodes what a kubelet needs. Throws ApiError 403. */
export function authorize(user: User, method: string, target: Target): void {
  if (
    user.groups.includes("system:masters") ||
    user.name.startsWith("system:k3s-") ||
    user.name.startsWith("system:kube-")
  )
    return;
  if (user.groups.includes("system:nodes") && nodeResources.has(target.resource.plural)) return;
  const { resource, namespace, name } = target;
  const verb =
    verbOf[method] === "get" && name === undefined
      ? "list"
      : (verbOf[method] ?? method.toLowerCase());
  const where =
    resource.namespaced && namespace ? ` in the namespace "${namespace}"` : " at the cluster scope";
  throw new ApiError(
    403,
    "Forbidden",
    `${qualifiedName(resource)}${name ? ` "${name}"` : ""} is forbidden: User "${user.name}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}"${where}`,
    { ...(name ? { name } : {}), kind: resource.plural },
  );
}
