/** The parts of the nodes' boot script, in POSIX shell as busybox has it. */

export const HEADER = `#!/bin/sh
# Written by k3d; runs at every boot of this node.
set -u`;

// With cgroup v2 a group that has processes cannot hand controllers to its
// children, so everything moves one level down before k3s starts. The shell's
// own echo tells that a write was refused (a process came in meanwhile);
// busybox' sed does not.
export const CGROUP_V2 = `if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  controllers=$(sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers)
  tries=0
  while [ "$tries" -lt 50 ]; do
    while read -r pid; do
      echo "$pid" 2>/dev/null >/sys/fs/cgroup/init/cgroup.procs
    done </sys/fs/cgroup/cgroup.procs
    echo "$controllers" 2>/dev/null >/sys/fs/cgroup/cgroup.subtree_control && break
    tries=$((tries + 1))
  done
  [ "$tries" -lt 50 ] || echo 'k3d: cannot hand cgroup controllers to pods' >&2
fi`;

export const SHARED_MOUNTS = "mount --make-rshared / || echo 'k3d: cannot make mounts shared' >&2";

// The kubelet takes the machine's memory from /proc/meminfo, which knows
// nothing of a container's limit; EDAC directories would tell it as well.
export const MEMORY = `if [ -n "\${K3D_NODE_MEMORY:-}" ]; then
  mkdir -p /run/k3d
  umount /proc/meminfo 2>/dev/null
  awk -v total="$((K3D_NODE_MEMORY / 1024))" '
    /^MemTotal:/ { print "MemTotal: " total " kB"; next }
    /^(MemFree|MemAvailable):/ { print $1 " " ($2 < total ? $2 : total) " kB"; next }
    { print }' /proc/meminfo >/run/k3d/meminfo
  mount --bind /run/k3d/meminfo /proc/meminfo || echo 'k3d: cannot show the memory limit to the kubelet' >&2
  if [ -d /sys/devices/system/edac ]; then
    mount -t tmpfs -o ro tmpfs /sys/devices/system/edac 2>/dev/null
  fi
fi`;

// Pods cannot reach a resolver on the node's loopback, and k3s then falls
// back to a public one. K3D_RESOLVER names one that they can reach; without
// it the engine's own upstream servers serve, where it tells them.
export const DNS = `case "$(sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf | head -n 1)" in
127.* | ::1)
  servers=\${K3D_RESOLVER:-}
  if [ -z "$servers" ]; then
    servers=$(sed -n 's/^# ExtServers: \\[\\(.*\\)\\]/\\1/p' /etc/resolv.conf | tr ' ' '\\n' |
      sed -e 's/^host(\\(.*\\))$/\\1/' | grep -v -e '^127\\.' -e '^::1' | head -n 3)
  fi
  if [ -n "$servers" ] && [ -z "\${K3S_RESOLV_CONF:-}" ]; then
    mkdir -p /etc/k3d
    {
      for server in $servers; do echo "nameserver $server"; done
      grep -E '^(search|domain)[[:space:]]' /etc/resolv.conf
      echo 'options ndots:0'
    } >/etc/k3d/resolv.conf
    export K3S_RESOLV_CONF=/etc/k3d/resolv.conf
  fi
  ;;
esac`;

/** While it is there, the next boot makes this server the only member of its etcd. */
export const RESET_ETCD_PATH = "/etc/k3d/reset-etcd";

// k3s ends once its etcd has forgotten the other members. The word is taken back first: k3s refuses to
// do it twice in a row. K3S_URL is the address of a server that may be gone.
export const RESET_ETCD = `if [ "$1" = server ] && [ -f ${RESET_ETCD_PATH} ]; then
  rm -f ${RESET_ETCD_PATH}
  (
    unset K3S_URL
    exec /bin/k3s "$@" --cluster-reset
  ) || exit
fi`;

// k3s keeps the entries of others in NodeHosts when it adds its nodes, in the
// forms that the file has, so they are written once and last; the resourceVersion guards against k3s doing so
// at the same moment. CoreDNS itself starts only after this ConfigMap exists.
// kubectl by its own name: `k3s kubectl` fails in images as old as v1.21, whose k3s passes the word on.
// The parentheses leave the loop to the container's init, since k3s reaps no
// child that it did not start.
export const COREDNS_HOSTS = `k3d_coredns_hosts() {
  export KUBECONFIG="\${K3S_KUBECONFIG_OUTPUT:-/etc/rancher/k3s/k3s.yaml}"
  config_map='-n kube-system configmap coredns'
  tries=0
  while [ "$tries" -lt 300 ]; do
    tries=$((tries + 1))
    # Often while k3s boots, seldom once it is plain that CoreDNS comes late or never.
    if [ "$tries" -lt 120 ]; then sleep 0.5; else sleep 10; fi
    [ -f "$KUBECONFIG" ] || continue
    version=$(/bin/kubectl get $config_map -o 'jsonpath={.metadata.resourceVersion}' 2>/dev/null) || continue
    [ -n "$version" ] || continue
    hosts=$(/bin/kubectl get $config_map -o 'jsonpath={.data.NodeHosts}' 2>/dev/null) || continue
    wanted=$( (
      echo "$hosts" | awk 'NR == FNR { for (i = 2; i <= NF; i++) ours[$i] = 1; next } NF > 1 && !($2 in ours)' /etc/k3d/coredns-hosts -
      cat /etc/k3d/coredns-hosts
    ) )
    [ "$wanted" != "$hosts" ] || return 0
    json=$(echo "$wanted" | awk '{ printf "%s\\\\n", $0 }')
    /bin/kubectl patch $config_map --type merge \\
      -p "{\\"metadata\\":{\\"resourceVersion\\":\\"$version\\"},\\"data\\":{\\"NodeHosts\\":\\"$json\\"}}" >/dev/null 2>&1 && return 0
  done
}
if [ "$1" = server ] && [ -s /etc/k3d/coredns-hosts ]; then
  case "$*" in
  *--disable*coredns*) ;;
  *) (k3d_coredns_hosts &) ;;
  esac
fi`;

/** Names the etcd snapshot that a server shall begin with; placed before its first start. */
export const ETCD_RESTORE_PATH = "/etc/k3d/etcd-restore";

// Once, before the first start: the server becomes the only member of an etcd with the snapshot's
// content, and ends. What it was told of joining others is no part of that.
export const ETCD_RESTORE = `if [ "$1" = server ] && [ -s ${ETCD_RESTORE_PATH} ]; then
  /bin/k3s "$@" --cluster-reset --cluster-reset-restore-path="$(cat ${ETCD_RESTORE_PATH})" || exit
  rm -f ${ETCD_RESTORE_PATH}
fi`;
