#!/usr/bin/env bash
# Measures k3d against its budgets, as ratios within one run.
#
#   scripts/bench.sh [--json FILE] [startup|snapshot|scale|machines|lifecycle|import|create]...
#
# K3D_BENCH_GO names a Go k3d that is measured beside. Needs hyperfine (installed from Debian's packages if missing) and a running Docker engine; Podman
# and the daemonless runtime are measured too where they are available.
set -euo pipefail
scripts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=scripts/env.sh
. "$scripts/env.sh"
"$scripts/setup.sh"

if ! command -v hyperfine >/dev/null; then
  echo "hyperfine is missing: installing it from Debian's packages" >&2
  log="$K3D_ROOT/.tools/hyperfine.log"
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends hyperfine; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
fi
exec node "$scripts/bench/run.ts" "$@"
