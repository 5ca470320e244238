#!/usr/bin/env bash
# Prepares the checkout: tool chain, dependencies, the CLI's bundle. Quick when nothing changed.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$K3D_ROOT"
shopt -s nullglob

# One set-up at a time, where the system can tell (macOS has no flock).
if command -v flock >/dev/null; then
  exec 9>.tools/setup.lock
  flock 9
fi

# Prints one hash over the names and contents of the files below the given paths.
hash_files() {
  find "$@" \( -name node_modules -o -name dist -o -name dist.next -o -name oclif.manifest.json -o -name '*.test.ts' \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# run_unless_current NAME HASH COMMAND… runs the command unless it succeeded for the same hash.
run_unless_current() {
  local stamp=".tools/$1.stamp" hash="$2" log=".tools/$1.log"
  shift 2
  if [ "$(cat "$stamp" 2>/dev/null)" = "$hash" ]; then return 0; fi
  rm -f "$stamp"
  echo "Running: $*" >&2
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  printf '%s\n' "$hash" >"$stamp"
}

install_hash="$(hash_files pnpm-lock.yaml pnpm-workspace.yaml package.json packages/*/package.json examples/*/package.json test/package.json test/*/package.json docs/package.json)"
[ -e node_modules/.modules.yaml ] || rm -f .tools/install.stamp
run_unless_current install "$install_hash" pnpm install --frozen-lockfile --config.update-notifier=false

build_hash="$(hash_files tsconfig.base.json .tools/install.stamp packages)"
[ -e packages/cli/dist/main.js ] || rm -f .tools/build.stamp
run_unless_current build "$build_hash" node packages/cli/scripts/build.ts
