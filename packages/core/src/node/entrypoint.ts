import type { PlannedFile } from "../plan/cluster-plan.js";
import { ENTRYPOINT_PATH } from "../spec/k3s-command.js";

/** Which parts of the boot script are wanted; all by default. */
export interface EntrypointOptions {
  /** Prepare cgroup v2 for the kubelet (`K3D_FIX_CGROUPV2`). */
  cgroupV2: boolean;
}

/**
 * The script that a node's container runs at every boot, before k3s takes its
 * place: whatever must hold after a restart of the engine or the host is done
 * here, not by a k3d command.
 */
export function entrypointFile(options: EntrypointOptions): PlannedFile {
  const parts = [HEADER];
  if (options.cgroupV2) parts.push(CGROUP_V2);
  parts.push('exec /bin/k3s "$@"');
  return { path: ENTRYPOINT_PATH, content: `${parts.join("\n\n")}\n`, mode: 0o755, description: "boot script" };
}

const HEADER = `#!/bin/sh
# Written by k3d; runs at every boot of this node.
set -u`;

// With cgroup v2 a group that has processes cannot hand controllers to its
// children, so everything moves one level down before k3s starts.
const CGROUP_V2 = `if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  tries=0
  while [ "$tries" -lt 50 ]; do
    while read -r pid; do
      echo "$pid" 2>/dev/null >/sys/fs/cgroup/init/cgroup.procs
    done </sys/fs/cgroup/cgroup.procs
    sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers 2>/dev/null \\
      >/sys/fs/cgroup/cgroup.subtree_control && break
    tries=$((tries + 1))
  done
fi`;
