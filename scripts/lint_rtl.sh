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

# rows cols lanes act_banks postproc_lanes [kind [n es]]: the built shapes, then single elements, primes and
# powers of two
shapes="$(sed -n 's/^ *"\([0-9a-z ]*\)").*/\1/p; s/^ *"\([0-9a-z ]*\)"$/\1/p' "$rtl/shapes.cmake")"
while read -r rows cols lanes banks post kind n es; do
  case "${kind:-abs}" in
    abs) number=0 ;;
    dfp) number=1 ;;
    posit) number=2 ;;
    *) echo "lint_rtl: found the kind '$kind'; allowed: abs, dfp, posit" >&2; exit 1 ;;
  esac
  lint absim_core "-GRows=$rows" "-GCols=$cols" "-GLanes=$lanes" "-GActBanks=$banks" "-GPostLanes=$post" \
    "-GPeKind=$number" "-GPositN=${n:-8}" "-GPositEs=${es:-1}"
  count=$((count + 1))
done <<< "$shapes
1 1 1 1 1
2 3 1 1 2
5 3 2 255 3
7 11 13 3 5
16 16 16 16 16
1 1 1 1 1 dfp
7 5 3 3 2 dfp
1 1 1 1 1 posit 8 0
2 3 2 5 2 posit 8 2
3 2 3 2 1 posit 16 1"
echo "lint_rtl: $count designs, no warnings"
