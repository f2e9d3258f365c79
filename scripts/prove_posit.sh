#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves with Yosys' SAT solver that the posit decoder equals its synthesised netlist, for every input
# word of five formats. A netlist with a planted fault must be refuted, so that a proof that always
# succeeds would show.
# Usage: scripts/prove_posit.sh       exit status 77 where Yosys is missing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v yosys > /dev/null; then
  echo "prove_posit: skipped: found no yosys"
  exit 77
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# prove N ES [YOSYS_COMMAND]: status of the proof; the command plants a fault before synthesis
prove() {
  local read="read_verilog -sv -Irtl/include rtl/absim_pkg.sv rtl/absim_posit_decoder.sv;
    hierarchy -check -top absim_posit_decoder -chparam N $1 -chparam Es $2; proc; flatten; opt_clean"
  yosys -q -l "$log" -p "
    $read; rename -top gold; design -stash gold;
    $read; ${3:-}; synth -flatten; rename -top gate; design -stash gate;
    design -copy-from gold -as gold gold; design -copy-from gate -as gate gate;
    miter -equiv -make_assert -ignore_gold_x -flatten gold gate miter;
    hierarchy -top miter; sat -verify -prove-asserts -set-def-inputs miter" > /dev/null 2>&1
}

for format in "8 0" "8 1" "8 2" "16 1" "16 2"; do
  read -r n es <<< "$format"
  if ! prove "$n" "$es"; then
    echo "prove_posit: posit($n,$es): no proof:" >&2
    tail -20 "$log" >&2
    exit 1
  fi
  echo "prove_posit: posit($n,$es): decoder = netlist, proved for all $((1 << n)) words"
done

if prove 8 1 "connect -set zero_o 1'b0"; then
  echo "prove_posit: a netlist with a planted fault passed the proof" >&2
  exit 1
fi
if ! grep -q "proof did fail" "$log"; then
  echo "prove_posit: the planted fault was not refuted but failed otherwise:" >&2
  tail -20 "$log" >&2
  exit 1
fi
echo "prove_posit: a netlist with a planted fault was refuted"
