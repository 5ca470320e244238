#!/usr/bin/env bash
# Tries 8,000 mutated config files and 2,000 mutated command lines: each must be taken or refused in
# k3d's own words. The same seed makes the same inputs: scripts/fuzz.sh [SEED]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh
export K3D_FUZZ_SHARE=1 K3D_FUZZ_SEED="${1:-1}"
exec pnpm exec vitest run --project unit packages/core/src/config/mutations.test.ts
