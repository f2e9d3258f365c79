#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plants faults in a copy of the RTL, one at a time, and checks that the tests find each of them: first
# the tests of the RTL alone, then, for what survives, lock-step with the SystemC core.
# Prints a table; fails if a fault survives or does not apply.
# Usage: scripts/mutate_rtl.sh [FAULT ...]      (default: all; --list prints their names)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root="$PWD"
work="$root/build/mutants"
tree="$work/tree"    # links to the sources, and a copy of rtl/
build="$work/build"
export SC_COPYRIGHT_MESSAGE=DISABLE

# name | block | text | replacement. The text must occur exactly once in the block's file.
faults=(
  "pe_missing_shift|abs_pe|shift_i ? {acc_q[AccBits-2:0], 1'b0} : acc_q|acc_q"
  "pe_lost_carry|abs_pe|SumBits'(minus[j]) +|SumBits'(1'b0) +"
  "pe_stationary_shift|abs_pe|plane_first_i ? '0 : {part_q, 1'b0}|plane_first_i ? '0 : {1'b0, part_q}"
  "pe_sign_plane_positive|abs_pe|(twos_complement_i && sign_plane_i) ? -lane_sum : lane_sum|lane_sum"
  "array_unsigned_only|pe_array|.act_i            (act)|.act_i            (act & {Lanes{9'h0ff}})"
  "array_overwrites_result|pe_array|(!operand_step_i.first \|\| room)|1'b1"
  "array_ignores_drain|pe_array|(result_capture_i \|\| !drain_holds_i)|1'b1"
  "array_early_result|pe_array|ripe   = stages_q[PeLatency-1]|ripe   = finished"
  "array_ignores_weight_slot|pe_array|operand_valid_i && weight_full_i &&|operand_valid_i &&"
  "sequencer_wrong_plane|sequencer|(plane_q == '0)|(plane_q == 4'd1)"
  "sequencer_wrong_pad|sequencer|(y < SumBits'(job_q.in_height))|(y <= SumBits'(job_q.in_height))"
  "sequencer_weights_run_on|sequencer|(tile_end && !group_last_q) |(1'b0) "
  "sequencer_no_segment_end|sequencer|segment_end = job_q.weight_streamed && (weight_next == job_q.segment_words)|segment_end = 1'b0"
  "walker_off_by_one_tile|tile_walker|(tile_q == job_i.tiles - 16'd1)|(tile_q == job_i.tiles)"
  "walker_late|tile_walker|(row_q == rows - RowBits'(1))|(row_q == RowBits'(Rows - 1))"
  "walker_misses_row_step|tile_walker|wrap ? job_i.step_row_q : job_i.step_x_q|job_i.step_x_q"
  "bank_add_lost_carry|bank_add|a_q_i + b_q_i + QuoBits'(carry)|a_q_i + b_q_i"
  "act_ignores_conflicts|act_buffer|grant  = wait_q & ~blocked|grant  = wait_q"
  "act_early_release|act_buffer|gather && last && release_q|gather && fresh_q && release_q"
  "act_stale_padding|act_buffer|else if (gather && fresh_q)|else if (1'b0)"
  "act_wrong_slot|act_buffer|use_slot ? rdata[WordBits +: WordBits] : rdata[0 +: WordBits]|rdata[0 +: WordBits]"
  "slot_stuck_ready|slot_flags|fill_ready_o = !full_q[fill_q]|fill_ready_o = 1'b1"
  "slot_lost_credit|slot_flags|credit_q <= release_i|credit_q <= release_i && !use_q"
  "fifo_no_wrap|tag_fifo|(read_q == PtrBits'(Depth - 1)) ? '0|(read_q == PtrBits'(Depth - 2)) ? '0"
  "drain_ignores_residual_slot|drain|(!tag_q.has_residual \|\| residual_full_i)|1'b1"
  "drain_repeats_params|drain|: tag_q.job_last ? '0 : param_q + AddrBits'(1)|: '0"
  "drain_early_capture|drain|result_valid_i && (!busy_q \|\| (beat && tile_last))|result_valid_i && (!busy_q \|\| beat)"
  "posit_decoder_no_negate|posit_decoder|sign_o ? -code_i[N-2:0] : code_i[N-2:0]|code_i[N-2:0]"
  "posit_decoder_short_run|posit_decoder|run = RunBits'(BodyBits);|run = RunBits'(BodyBits - 1);"
  "posit_decoder_keeps_end_bit|posit_decoder|(run + RunBits'(1))|run"
  "posit_multiplier_nar_times_zero|posit_multiplier|a_nar_i \|\| b_nar_i|(a_nar_i && !b_zero_i) \|\| (b_nar_i && !a_zero_i)"
  "posit_multiplier_sign|posit_multiplier|a_sign_i ^ b_sign_i|a_sign_i \| b_sign_i"
  "posit_product_wrong_unit|posit_product|exponent_q + ProdExpBits'(Bias)|exponent_q + ProdExpBits'(Bias - 1)"
  "posit_encoder_no_ties|posit_encoder|guard && (sticky \|\| body[0])|guard"
  "posit_encoder_underflow_to_zero|posit_encoder|too_small ? BodyBits'(1)|too_small ? BodyBits'(0)"
  "posit_encoder_overflow_late|posit_encoder|regime >= \$signed(ExpBits'(N - 2))|regime > \$signed(ExpBits'(N - 1))"
  "posit_encoder_logic_shift|posit_encoder|seed >>> amount|seed >> amount"
  "posit_encoder_ignores_rounding|posit_encoder|!toward_zero_i && guard|guard"
  "posit_pe_lost_carry|posit_pe|QuireBits'(lane_sign[j]) +|QuireBits'(1'b0) +"
  "posit_pe_nar_not_sticky|posit_pe|(!clear_q[2] && nar_q) \|\| nar3_q|nar3_q"
  "posit_pe_early_clear|posit_pe|(clear_q[2] ? '0 : acc_q) + sum_q|(clear_q[1] ? '0 : acc_q) + sum_q"
  "posit_window_no_saturation|posit_window|over ? limit : cut|cut"
  "posit_window_keeps_low_bits|posit_window|(magnitude >> low_place) << low_place|magnitude"
  "posit_chain_forgets_nar|posit_chain|nar3_q \|\| old_nar|nar3_q"
  "posit_chain_old_sign|posit_chain|(old_sign ? -old_fixed : old_fixed)|old_fixed"
  "posit_dot_late|posit_dot|valid_o = last_q[4]|valid_o = last_q[3]"
  "posit_postproc_no_relu|posit_postproc_lane|relu2_q && sum[QuireBits-1]|1'b0 && sum[QuireBits-1]"
  "posit_postproc_residual_unit|posit_postproc_lane|+ ShiftBits'(Bias) +|+ ShiftBits'(Bias + 1) +"
  "posit_postproc_no_half|posit_postproc_lane|(IntBits'(1) << shift) >> 1|(IntBits'(1) << shift) >> 2"
  "posit_postproc_long_shift|posit_postproc_lane|(32'(shift3_q) > QuireBits) ? 8'(QuireBits) : shift3_q|shift3_q"
  "posit_encoder_lost_sticky|posit_encoder|normal[WideBits-2-KeptBits:0] != '0|1'b0 && normal[WideBits-2-KeptBits:0] != '0"
  "postproc_residual_ignored|postproc|.residual_i     (has_residual_i ? residual_i[l*ResBits +: ResBits] : '0)|.residual_i     ('0)"
  "postproc_wrong_half|postproc_lane|(SumBits'(1) << shift) >> 1|(SumBits'(1) << shift) >> 2"
  "postproc_wrong_clamp|postproc_lane|low  = -SumBits'(128)|low  = -SumBits'(127)"
  "postproc_logic_shift|postproc_lane|act_shifted  = act_sum >>> act_shift_i|act_shifted  = act_sum >> act_shift_i"
  "out_never_busy|out_buffer|busy_o      = busy_q[claim_q]|busy_o      = 1'b0"
  "int8_unsigned|int8_mac|ProdBits'(\$signed(a_i))|ProdBits'(a_i)"
  "int8_lost_sign_extension|int8_mac|addend_q + 32'(prod_q)|addend_q + {16'd0, prod_q}"
  "fp_subnormal_operand_dropped|fp_unpack|{normal, fraction}|{normal, fraction & {FracBits{normal}}}"
  "fp_subnormal_exponent|fp_unpack|normal ? field : 8'd1|field"
  "fp_infinity_is_nan|fp_unpack|(fraction != '0)|1'b1"
  "fp_lost_sticky|fp_fma|{moved[MoveBits-1:24], \|moved[23:0]}|{moved[MoveBits-1:24], 1'b0 & \|moved[23:0]}"
  "fp_wrong_distance|fp_fma|11'sd100|11'sd101"
  "fp_product_zero_ignored|fp_fma|(distance < 11'sd0) \|\| a_zero \|\| b_zero|(distance < 11'sd0)"
  "fp_short_shift|fp_fma|distance > 11'(Window)|distance > 11'(Window + 20)"
  "fp_negate_misses_one|fp_fma|-total[SumBits-1:0]|~total[SumBits-1:0]"
  "fp_sign_of_larger|fp_fma|c_larger ? c_sign2_q : p_sign2_q|p_sign2_q"
  "fp_negative_zero|fp_fma|total == '0 && subtract|total == '0"
  "fp_invalid_unseen|fp_fma|(a_infinite && b_zero)|(a_infinite && b_zero && 1'b0)"
  "fp_bubble_counts|fp_fma|{valid_q[3:1], valid_i}|{valid_q[3:1], valid_i \|\| valid_q[1]}"
  "fp_subnormal_normalised|fp_normalise|(zeros < most) ? zeros : most|(zeros < most) ? zeros : zeros"
  "fp_lost_sticky_of_sum|fp_normalise|\|shifted[Width-26:0]|\|shifted[Width-26:Width-32]"
  "fp_tie_up|fp_round|(sticky_i \|\| significand_i[0])|(sticky_i \|\| 1'b1)"
  "fp_tie_to_odd|fp_round|sticky_i \|\| significand_i[0]|sticky_i \|\| !significand_i[0]"
  "fp_lost_carry|fp_round|{exponent_i - 9'd1, 23'd0} + {8'd0, significand_i} + {31'd0, up}|{exponent_i - 9'd1, 23'd0} + {8'd0, significand_i \| {23'd0, up}}"
  "fp_overflow_to_nan|fp_round|magnitude >= 32'h7f80_0000|magnitude > 32'hff80_0000"
  "out_late_fill_pulse|out_buffer|filled_q     <= write_last|filled_q     <= read_last"
  "dfp_pe_ignores_clear|dfp_pe|sum_clear_q ? '0 : acc_q|acc_q"
  "dfp_pe_counts_gaps|dfp_pe|if (sum_valid_q) acc_q|if (1'b1) acc_q"
  "dfp_pe_unsigned_weight|dfp_pe|SumBits'(\$signed(weight_i[j*WeightBits +: WeightBits]))|SumBits'(weight_i[j*WeightBits +: WeightBits])"
  "sdfp_even_is_half_up|sdfp_shifter|guard && (sticky \|\| whole[0])|guard"
  "sdfp_away_is_half_up|sdfp_shifter|guard && (sticky \|\| !negative)|guard"
  "sdfp_lost_sticky|sdfp_shifter|\|fraction[FracBits-2:0]|\|fraction[FracBits-2:FracBits-8]"
  "sdfp_stochastic_limit|sdfp_shifter|(rounding_i == Stochastic) ? ShiftBits'(FracBits) :|1'b0 ? ShiftBits'(FracBits) :"
  "sdfp_symmetric_ignored|sdfp_shifter|symmetric_i ? -FullBits'(127) : -FullBits'(128)|-FullBits'(128)"
  "sdfp_zero_underflows|sdfp_shifter|(rounded == '0) && (acc_i != '0)|(rounded == '0)"
  "sdfp_counts_invalid|sdfp_unit|CountBits'(valid_i && saturated_d)|CountBits'(saturated_d)"
  "dfp_post_no_offset|dfp_postproc_lane|acc_i + param_i.offset[SumBits-1:0] +|acc_i +"
  "dfp_post_unsigned_residual|dfp_postproc_lane|SumBits'(\$signed(residual_i))|SumBits'(residual_i)"
  "dfp_stats_signed_value|dfp_stats|value_i[AccBits-1] ? -value_i : value_i|value_i"
  "dfp_stats_clear_loses|dfp_stats|clear_i ? '0 : counts_q[b*CountBits +: CountBits]|counts_q[b*CountBits +: CountBits]"
  "sdfp_tie_down|sdfp_shifter|guard && (sticky \|\| !negative)|guard && sticky"
  "sdfp_always_symmetric|sdfp_shifter|symmetric_i ? -FullBits'(127)|1'b1 ? -FullBits'(127)"
  "sdfp_early_left_limit|sdfp_shifter|left ? ShiftBits'(AccBits)|left ? ShiftBits'(7)"
  "dfp_post_no_residual_shift|dfp_postproc_lane|residual << residual_shift_i|residual"
  "dfp_post_early|dfp_postproc_lane|value4_q <= value3_q|value4_q <= value2_q"
  "dfp_stats_keeps_largest|dfp_stats|(clear_i ? '0 : largest_q)|largest_q"
)

field() { cut -d'|' -f"$2" <<< "${1//\\|/$'\x01'}" | tr '\001' '|'; }

wanted=("$@")
if [[ "${1:-}" == --list ]]; then
  for fault in "${faults[@]}"; do field "$fault" 1; done
  exit 0
fi

mkdir -p "$tree"
for entry in CMakeLists.txt cmake models sim tests configs docs traces; do
  [[ -e "$root/$entry" ]] && ln -sfn "$root/$entry" "$tree/$entry"
done
rm -rf "$tree/rtl"
cp -r "$root/rtl" "$tree/rtl"
# A fault that leaves a signal unused would fail the lint already: the tests must find it.
printf 'lint_off -rule UNUSEDSIGNAL\nlint_off -rule UNUSEDPARAM\n' >> "$tree/rtl/lint/verilator.vlt"
# Small, and the bit-serial one with no power of two in it; one of each kind of PE.
shapes='"3 5 7 5 2" "2 3 2 3 2 dfp" "2 3 2 3 2 posit 8 1"'
sed -i "/^set(ABSIM_RTL_SHAPES/,/)/c set(ABSIM_RTL_SHAPES $shapes)" "$tree/rtl/shapes.cmake"

echo "mutate_rtl: building the sound RTL"
targets=(absim_rtl_tests)
[[ -e "$root/tests/lockstep/CMakeLists.txt" ]] && targets+=(absim_lockstep_tests)
cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1" \
  -DABSIM_RTL_OPT=-O0 -DABSIM_BUILD_BENCH=OFF > "$work/configure.log"
ninja -C "$build" "${targets[@]}" > "$work/build.log"

# Prints the test that failed, or nothing if all passed.
failing_test() {
  local status=0 log="$work/test.log"
  (cd "$root" && timeout 300 "$build/tests/$1/absim_$1_tests" --abort "${@:2}" > "$log" 2>&1) || status=$?
  [[ $status -eq 0 ]] && return 0
  [[ $status -eq 124 ]] && echo "$1 (time limit)" && return 0
  local assertion name
  assertion="$(sed -n 's/.*Assertion failed in [^ ]*\.\([A-Za-z0-9_]*\):.*/ (assertion \1)/p' "$log" | head -1)"
  name="$(awk '/^-----------/ { getline; print; exit }' "$log")"
  echo "$1: ${name:-status $status}$assertion"
}

run_tests() {
  local killer
  killer="$(failing_test rtl "~[slow]")"
  if [[ -z "$killer" && " ${targets[*]} " == *lockstep* ]]; then
    killer="$(failing_test lockstep "3x5x7: reference*,bit-parallel cores*")"
  fi
  echo "$killer"
}

sound="$(run_tests)"
if [[ -n "$sound" ]]; then
  echo "mutate_rtl: the sound RTL fails: $sound" >&2
  exit 1
fi

survivors=0
count=0
printf '\n%-28s %s\n' fault "killed by"
for fault in "${faults[@]}"; do
  name="$(field "$fault" 1)"
  [[ ${#wanted[@]} -gt 0 && " ${wanted[*]} " != *" $name "* ]] && continue
  file="absim_$(field "$fault" 2).sv"
  cp "$root/rtl/$file" "$tree/rtl/$file"
  if ! python3 - "$tree/rtl/$file" "$(field "$fault" 3)" "$(field "$fault" 4)" <<'PY'
import sys
path, text, replacement = sys.argv[1:]
source = open(path).read()
if source.count(text) != 1:
    sys.exit(f"'{text}' occurs {source.count(text)} times in {path}")
open(path, "w").write(source.replace(text, replacement))
PY
  then
    survivors=$((survivors + 1))
    printf '%-28s %s\n' "$name" "DOES NOT APPLY"
    continue
  fi
  count=$((count + 1))
  if ! ninja -C "$build" "${targets[@]}" > "$work/build.log" 2>&1; then
    killer="build: $(grep -m1 -oE '%(Warning|Error)[^:]*' "$work/build.log" || echo failed)"
  else
    killer="$(run_tests)"
  fi
  cp "$root/rtl/$file" "$tree/rtl/$file"
  if [[ -z "$killer" ]]; then
    survivors=$((survivors + 1))
    killer="SURVIVED"
  fi
  printf '%-28s %s\n' "$name" "$killer"
done
echo
echo "mutate_rtl: $count faults planted, $survivors survived or did not apply"
[[ $survivors -eq 0 ]]
