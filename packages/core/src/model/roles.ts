/** The value of the label `k3d.role`. */
export type Role = "server" | "agent" | "loadbalancer" | "registry" | "noRole";

/** Roles whose containers run k3s. */
export type K3sRole = Extract<Role, "server" | "agent">;

const ROLES: readonly string[] = ["server", "agent", "loadbalancer", "registry", "noRole"];

export function isRole(value: string | undefined): value is Role {
  return value !== undefined && ROLES.includes(value);
}

/** Whether the container of this node runs k3s: load balancers and registries do not. */
export const runsK3s = (node: { role: Role }): boolean =>
  node.role === "server" || node.role === "agent";
