#!/usr/bin/env bash
# Sets everything up and creates the cluster `demo`. Running it again is quick and harmless.
#
#   scripts/quickstart.sh [--no-install]
#
# --no-install   install nothing on this machine; explain what is missing instead
set -euo pipefail

install=true
for argument in "$@"; do
  case "$argument" in
    --no-install) install=false ;;
    -h | --help)
      sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *)
      echo "Unknown argument: $argument (see scripts/quickstart.sh --help)" >&2
      exit 2
      ;;
  esac
done

scripts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=scripts/env.sh
. "$scripts/env.sh"
cluster=demo

step() { printf '\n==> %s\n' "$*"; }

# Runs a command as root, through sudo where that is needed.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

ensure_kubectl() {
  if command -v kubectl >/dev/null; then return 0; fi
  if ! $install; then
    echo "kubectl is missing and --no-install forbids to install it: https://kubernetes.io/docs/tasks/tools" >&2
    return 1
  fi
  if ! command -v apt-get >/dev/null; then
    echo "kubectl is missing and can only be installed with apt-get here: https://kubernetes.io/docs/tasks/tools" >&2
    return 1
  fi
  local log="$K3D_ROOT/.tools/kubectl.log"
  echo "kubectl is missing: installing Debian's package kubernetes-client"
  if ! { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends kubernetes-client; } >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
}

cluster_exists() {
  "$K3D_ROOT/bin/k3d" cluster list --json | node -e '
    const list = JSON.parse(require("fs").readFileSync(0, "utf8"));
    process.exit(list.some(({ name }) => name === process.argv[1]) ? 0 : 1);
  ' "$cluster"
}

step "Building k3d"
"$scripts/setup.sh"
"$K3D_ROOT/bin/k3d" version

step "Looking for a container engine and kubectl"
if $install; then
  node "$K3D_ROOT/test/engine/ensure-docker.ts"
else
  node "$K3D_ROOT/test/engine/ensure-docker.ts" --no-install
fi
ensure_kubectl

step "Obtaining the images"
node "$K3D_ROOT/test/images/ensure.ts"

if cluster_exists; then
  step "Starting the cluster $cluster, which exists already"
  "$K3D_ROOT/bin/k3d" cluster start "$cluster"
else
  step "Creating the cluster $cluster"
  "$K3D_ROOT/bin/k3d" cluster create "$cluster"
fi

step "Its nodes, as kubectl sees them"
kubectl --context "k3d-$cluster" get nodes

cat <<NEXT

The cluster $cluster runs. What to try next, from $K3D_ROOT:

  ./bin/k3d cluster list                   all clusters
  ./bin/k3d node list                      their containers
  kubectl get namespaces                   $cluster is the current context
  ./bin/k3d cluster create two -s 3 -a 2   a second one: three servers, two agents
  ./bin/k3d cluster stop $cluster              stop it, and keep what is in it
  ./bin/k3d cluster start $cluster             start it again
  ./bin/k3d cluster delete $cluster            delete it with everything it made
NEXT
