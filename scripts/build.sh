#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures and builds the release preset; arguments are ninja targets (default: all).
set -euo pipefail
cd "$(dirname "$0")/.."

log=build/configure.log
mkdir -p build
if ! cmake --preset release >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
grep -E '^-- absim' "$log" || true
ninja -C build/release "$@"
