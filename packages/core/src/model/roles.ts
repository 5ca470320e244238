/** The value of the label `k3d.role`. */
export type Role = "server" | "agent" | "loadbalancer" | "registry" | "noRole";

/** Roles whose containers run k3s. */
export type K3sRole = Extract<Role, "server" | "agent">;

const ROLES: readonly string[] = ["server", "agent", "loadbalancer", "registry", "noRole"];

export function isRole(value: string | undefined): value is Role {
  return value !== undefined && ROLES.includes(value);
}
