import type { RuntimeObstacle } from "@k3d/core/runtime";
import type { HostFacts } from "./host-facts.js";
import type { HostFiles } from "./host-files.js";

/** What a kubelet accounts with; see https://docs.k3s.io/advanced#running-rootless-servers-experimental */
const NEEDED_CONTROLLERS = ["cpu", "cpuset", "memory", "pids"] as const;

/**
 * Why k3s nodes cannot run in containers of this user.
 *
 * @param uid effective user id, not 0.
 */
export async function rootlessObstacles(
  files: HostFiles,
  uid: number,
  facts: HostFacts,
  path: string | undefined,
): Promise<RuntimeObstacle[]> {
  const user = (await files.userName(uid)) ?? String(uid);
  const [subuid, subgid, newuidmap, newgidmap] = await Promise.all([
    files.hasSubordinateIds("/etc/subuid", uid),
    files.hasSubordinateIds("/etc/subgid", uid),
    files.command("newuidmap", path),
    files.command("newgidmap", path),
  ]);
  const obstacles: RuntimeObstacle[] = [];
  if (newuidmap === undefined || newgidmap === undefined) {
    obstacles.push({
      reason: "newuidmap and newgidmap are not installed",
      hint: "install them (Debian and Ubuntu: uidmap, Fedora: shadow-utils)",
    });
  }
  if (!subuid || !subgid) {
    const file = subuid ? "/etc/subgid" : "/etc/subuid";
    obstacles.push({
      reason: `user ${user} has no range in ${file}`,
      hint: `run: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}; then: podman system migrate`,
    });
  }
  if (facts.cgroupVersion === 1) {
    obstacles.push({
      reason: "rootless nodes need cgroup v2, and this machine has v1",
      hint: "boot with systemd.unified_cgroup_hierarchy=1, or run k3d as root",
    });
    return obstacles;
  }
  const missing = NEEDED_CONTROLLERS.filter((name) => !facts.controllers.includes(name));
  if (missing.length > 0) {
    obstacles.push({
      reason: `the cgroup controllers ${missing.join(", ")} are not delegated to user ${user}`,
      hint: 'write "[Service]\\nDelegate=cpu cpuset io memory pids" to /etc/systemd/system/user@.service.d/delegate.conf, run systemctl daemon-reload and log in again',
    });
  }
  return obstacles;
}
