#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packages, build, tests. Usage: scripts/test.sh [--all] [arguments of ctest]
#   --all   the slow tests too
set -euo pipefail
cd "$(dirname "$0")/.."

select=(-LE slow)
if [[ ${1:-} == --help ]]; then
  sed -n '3,4s/^# //p' "$0"
  exit 0
fi
if [[ ${1:-} == --all ]]; then
  select=()
  shift
fi

scripts/install_packages.sh --train
scripts/build.sh --train
if [[ -x scripts/lint_rtl.sh ]]; then
  scripts/lint_rtl.sh
fi
export SC_COPYRIGHT_MESSAGE=DISABLE
# ctest's closing summary is the last thing printed.
ctest --test-dir build/release --output-on-failure -j "$(nproc)" "${select[@]}" "$@"
