#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a clone to the first result: packages, build, the sweep of ResNet-20 over 1..8 weight bits.
# Usage: scripts/quickstart.sh [arguments of absim sweep, e.g. --force]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh
scripts/build.sh absim
echo
echo "build/release/absim sweep configs/resnet20_truncation.yaml $*"
exec build/release/absim sweep configs/resnet20_truncation.yaml "$@"
