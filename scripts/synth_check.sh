#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Synthesises every block of the RTL with Yosys (generic gates, small sizes) and prints its size.
# Fails if a block does not synthesise, or has latches or combinational loops.
# Usage: scripts/synth_check.sh [BLOCK ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

small_parameters() {  # of a block
  case "$1" in
    abs_pe) echo "Lanes 4" ;;
    act_buffer) echo "Rows 3 Lanes 2 Banks 3 Words 4" ;;
    bank_add) echo "Banks 5" ;;
    core) echo "Rows 2 Cols 3 Lanes 2 ActBanks 3 PostLanes 2 ActWords 4 WeightWords 4 ParamWords 2" \
               "ResidualWords 3 OutWords 3" ;;
    core:dfp) echo "$(small_parameters core) PeKind 1" ;;
    core:posit) echo "$(small_parameters core) PeKind 2" ;;
    dfp_pe) echo "Lanes 4" ;;
    dfp_stats) echo "CountBits 8" ;;
    drain) echo "Rows 2 Cols 3 PostLanes 2" ;;
    fp_fma) echo "FracBits 10" ;;
    out_buffer) echo "Width 8 Depth 5" ;;
    pe_array) echo "Rows 2 Cols 3 Lanes 2" ;;
    posit_pe) echo "Lanes 2" ;;
    posit_window) echo "Low -10 High 7 Guard 6" ;;
    postproc) echo "PostLanes 1" ;;
    ram) echo "Width 8 Depth 5" ;;
    sdfp_unit) echo "CountBits 8" ;;
    sequencer) echo "Rows 3 Cols 5 Banks 5" ;;
    slot_buffer) echo "Width 8 Depth 5" ;;
    tag_fifo) echo "Depth 3" ;;
    tile_walker) echo "Rows 3 Cols 5 Banks 5" ;;
  esac
}

blocks=("$@")
if [[ ${#blocks[@]} -eq 0 ]]; then
  for file in rtl/absim_*.sv; do
    block="$(basename "$file" .sv)"
    [[ "$block" == absim_pkg ]] || blocks+=("${block#absim_}")
  done
  blocks+=(core:dfp core:posit)  # the same module with the other kinds of PE
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
printf '%-20s %10s %12s\n' block cells flip-flops
for block in "${blocks[@]}"; do
  chparam=""
  read -ra parameters <<< "$(small_parameters "$block")"
  for ((i = 0; i + 1 < ${#parameters[@]}; i += 2)); do
    chparam+=" -chparam ${parameters[i]} ${parameters[i + 1]}"
  done
  script="read_verilog -sv -Irtl/include rtl/absim_pkg.sv rtl/absim_*.sv;
    hierarchy -check -top absim_${block%%:*}$chparam; synth -flatten -run begin:check;
    check -assert; select -assert-none t:\$_DLATCH_* t:\$dlatch; stat"
  if ! yosys -q -l "$log" -p "${script//$'\n'/ }" > /dev/null 2>&1; then
    echo "synth_check: absim_$block does not synthesise:" >&2
    grep -E "ERROR|Warning|found" "$log" | tail -5 >&2 || tail -5 "$log" >&2
    exit 1
  fi
  awk -v block="$block" '
    /Number of cells:/ { cells = $NF }
    /\$_[A-Z]*DFF[A-Z]*_/ { flops += $NF }
    END { printf "%-20s %10d %12d\n", block, cells, flops }' "$log"
done
