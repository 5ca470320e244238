#!/usr/bin/env bash
# Tries this checkout in a virtual machine with current engines: systemd, cgroup v2, rootless, reboots.
# test/vm/README.md tells what it needs and does; options are those of test/vm/run.ts.
set -euo pipefail
scripts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=scripts/env.sh
. "$scripts/env.sh"
"$scripts/setup.sh"
cd "$K3D_ROOT"
pnpm exec tsc -b tsconfig.build.json # images of the daemonless runtime go in through its adapter
exec node test/vm/run.ts "$@"
