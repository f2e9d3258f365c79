// SPDX-License-Identifier: Apache-2.0
// Post-processing of one channel in dynamic fixed point: bias, residual and requantisation.
//   y = clamp(round((acc + B + res 2^R) 2^-S))     clamp to u8 (ReLU), s8, s16 or s32
// There is no multiplier: batch norm is in the weights, and scales are powers of two. There is no
// second output: activation_o is 0.
//
// Cycles: 4, one beat a cycle, as absim_postproc_lane, whose place this takes: sum; shift, round
// and clamp; two cycles of delay.
// Range: the sum has 32 bits; a dump whose sums could need more is refused.
module absim_dfp_postproc_lane (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // Stage 1
  input  logic [absim_pkg::ACC_BITS-1:0] acc_i,             // signed
  input  absim_pkg::param_t              param_i,           // offset counts, modulo 2^32
  input  logic [absim_pkg::RES_BITS-1:0] residual_i,        // signed; 0 where there is none
  input  logic [4:0]                     residual_shift_i,  // to the left
  // Stage 2
  input  logic [1:0]                     out_kind_i,
  input  logic [7:0]                     shift_i,  // to the right
  input  logic [2:0]                     rounding_i,
  output logic [31:0]                    value_o,      // signed, after stage 4
  output logic [7:0]                     activation_o  // 0
);
  localparam int unsigned SumBits = absim_pkg::ACC_BITS;

  logic [SumBits-1:0] residual, sum_q;
  logic [31:0]        value_d, value2_q, value3_q, value4_q;
  logic               saturated, underflowed, unused;

  assign residual = SumBits'($signed(residual_i));

  absim_sdfp_shifter #(
    .AccBits(SumBits)
  ) u_shifter (
    .acc_i        (sum_q),
    .shift_i      ({2'b00, shift_i}),
    .rounding_i,
    .random_i     ('0),
    .range_i      (out_kind_i),
    .symmetric_i  (1'b0),
    .value_o      (value_d),
    .saturated_o  (saturated),
    .underflowed_o(underflowed)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_q    <= '0;
      value2_q <= '0;
      value3_q <= '0;
      value4_q <= '0;
    end else begin
      sum_q    <= acc_i + param_i.offset[SumBits-1:0] + (residual << residual_shift_i);
      value2_q <= value_d;
      value3_q <= value2_q;
      value4_q <= value3_q;
    end
  end

  assign value_o      = value4_q;
  assign activation_o = '0;
  assign unused       = ^{param_i.offset[47:SumBits], param_i.multiplier, param_i.act_multiplier,
                          param_i.act_offset, saturated, underflowed};
endmodule
