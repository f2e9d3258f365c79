#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lints the RTL with Verilator: every block with its default parameters, the core in every built shape
# and in odd ones. Any warning fails; waivers and their reasons are in rtl/lint/verilator.vlt.
# Usage: scripts/lint_rtl.sh [RTL_DIRECTORY]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rtl="${1:-rtl}"

lint() {  # top [parameters ...]
  local top="$1"
  shift
  verilator --lint-only -Wall -Werror-UNOPTFLAT --assert -y "$rtl" -y "$rtl/include" --top "$top" "$@" \
    "$rtl/lint/verilator.vlt" "$rtl/absim_pkg.sv" "$rtl/$top.sv"
}

count=0
for file in "$rtl"/absim_*.sv; do
  top="$(basename "$file" .sv)"
  [[ "$top" == absim_pkg ]] && continue
  lint "$top"
  count=$((count + 1))
done

# rows cols lanes act_banks postproc_lanes: the built shapes, then single elements, primes and powers of two
shapes="$(sed -n 's/^ *"\([0-9 ]*\)").*/\1/p; s/^ *"\([0-9 ]*\)"$/\1/p' "$rtl/shapes.cmake")"
while read -r rows cols lanes banks post; do
  lint absim_core "-GRows=$rows" "-GCols=$cols" "-GLanes=$lanes" "-GActBanks=$banks" "-GPostLanes=$post"
  count=$((count + 1))
done <<< "$shapes
1 1 1 1 1
2 3 1 1 2
5 3 2 255 3
7 11 13 3 5
16 16 16 16 16"
echo "lint_rtl: $count designs, no warnings"
