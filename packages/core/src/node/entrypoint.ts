import type { ContainerFile } from "../runtime/container-file.js";
import { ENTRYPOINT_PATH } from "./k3s-command.js";
import {
  CGROUP_V2,
  COREDNS_HOSTS,
  DNS,
  ETCD_RESTORE,
  HEADER,
  MEMORY,
  RESET_ETCD,
  SHARED_MOUNTS,
} from "./entrypoint-parts.js";

/** Which parts of the boot script are wanted. */
export interface EntrypointFixes {
  /** Prepare cgroup v2 for the kubelet (`K3D_FIX_CGROUPV2`). Default on. */
  cgroupV2: boolean;
  /** Give pods a resolver that they can reach (`K3D_FIX_DNS`). Default on. */
  dns: boolean;
  /** Make all mounts shared, for mount propagation (`K3D_FIX_MOUNTS`). Default off. */
  mounts: boolean;
}

/** Lines `ADDRESS NAME…` that CoreDNS shall serve; read by the boot script of the first server. */
export const COREDNS_HOSTS_PATH = "/etc/k3d/coredns-hosts";

/**
 * The script that a node's container runs at every boot, before k3s takes its
 * place: whatever must hold after a restart of the engine or the host is done
 * here, not by a k3d command.
 *
 * It is fed by variables of the container (`K3D_NODE_MEMORY`, `K3D_RESOLVER`)
 * and by files placed before the first start, so its text is the same
 * everywhere. Written for busybox' shell, which k3s' image has.
 */
export function entrypointFile(fixes: EntrypointFixes): ContainerFile {
  const parts = [
    HEADER,
    ...(fixes.cgroupV2 ? [CGROUP_V2] : []),
    ...(fixes.mounts ? [SHARED_MOUNTS] : []),
    MEMORY,
    ...(fixes.dns ? [DNS] : []),
    RESET_ETCD,
    ETCD_RESTORE,
    COREDNS_HOSTS,
    'exec /bin/k3s "$@"',
  ];
  return {
    path: ENTRYPOINT_PATH,
    content: `${parts.join("\n\n")}\n`,
    mode: 0o755,
    description: "boot script",
  };
}
