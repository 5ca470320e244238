#!/usr/bin/env bash
# Sets the checkout up and runs every check and test; ends with one line `N passed, N failed`.
set -uo pipefail
scripts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=scripts/env.sh
if ! . "$scripts/env.sh" || ! "$scripts/setup.sh"; then
  echo "The set-up failed; no test has run." >&2
  echo "0 passed, 1 failed"
  exit 1
fi
exec node "$scripts/testing/run.ts" "$@"
