#!/usr/bin/env bash
# Tries k3d's commands against engines whose answers get lost, cut, late or false, and against
# signals; whatever is then left unexplained is a finding, and the exit code is 1.
#   scripts/campaign.sh [--runtime docker,podman,oci] [--tries N | --every] [--seed N] [--only WORD,…] [--after LOG]
# The engines and images must be there: node test/images/ensure.ts --runtime NAME.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
. scripts/env.sh
exec node test/campaign/run.ts "$@"
