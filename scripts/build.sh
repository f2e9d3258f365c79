#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures and builds the release preset; with --train absim-train too. Arguments are ninja targets (default: all).
set -euo pipefail
cd "$(dirname "$0")/.."

train=OFF
if [[ ${1:-} == --train ]]; then
  train=ON
  shift
fi
log=build/configure.log
mkdir -p build
if ! cmake --preset release -DABSIM_BUILD_TRAIN=$train >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
grep -E '^-- absim' "$log" || true
ninja -C build/release "$@"
