// SPDX-License-Identifier: Apache-2.0
// Posit post-processing of one channel: offset, residual, ReLU and the one rounding.
//   sum = acc + offset 2^offset_shift + residual 2^residual_exponent       exact, units of 2^(-2M)
//   y   = round(max(sum, 0 if relu) 2^out_exponent)                        a posit, sign-extended
//   y   = clamp_s32((sum + half) >> shift), half = 2^(shift-1), 0 for 0     where out_kind is OUT_S32
//
// Pipeline, one beat a cycle; all inputs belong to the beat's cycle:
//   1  shift the offset, decode the residual      2  align the residual, add acc and offset
//   3  add the residual, ReLU                     4  encode, or shift and clamp
// Cycles: 4, as absim_postproc_lane.
// Range: |sum| < 2^(QuireBits-1) is proved of a network; the parts may wrap. residual_exponent >= -M,
// so the residual is a whole number of units. 0 <= shift <= 255.
module absim_posit_postproc_lane #(
  parameter int unsigned N         = 8,  // bits of a code, 3..16
  parameter int unsigned Es        = 1,  // exponent bits, 0..2
  parameter int unsigned QuireBits = 4 * ((N - 2) << Es) + 16
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [QuireBits-1:0] acc_i,  // signed
  input  logic                 nar_i,
  input  logic [47:0]          offset_i,  // signed
  input  logic [7:0]           offset_shift_i,
  input  logic [N-1:0]         residual_i,           // a code; 0 where there is none
  input  logic [9:0]           residual_exponent_i,  // signed
  input  logic                 relu_i,
  input  logic                 toward_zero_i,  // rounding: 0 nearest even
  input  logic [9:0]           out_exponent_i,  // signed
  input  logic [1:0]           out_kind_i,
  input  logic [7:0]           shift_i,
  output logic [31:0]          value_o  // signed, after stage 4
);
  localparam int unsigned FracBits  = (N > Es + 3) ? N - Es - 3 : 0;
  localparam int unsigned ExpBits   = $clog2(((N - 2) << Es) + 1) + 1;
  localparam int unsigned ShiftBits = 11;
  localparam int unsigned WideBits  = QuireBits + FracBits;
  localparam int unsigned Bias      = 2 * ((N - 2) << Es);  // 2M
  localparam int unsigned IntBits   = (QuireBits > 32) ? QuireBits + 1 : 33;  // sum + half

  // Stage 1
  logic                 res_zero, res_nar, res_sign, unused_zero;
  logic [ExpBits-1:0]   res_exponent;
  logic [FracBits:0]    res_significand, res_significand_q;
  logic [QuireBits-1:0] acc1_q, offset_q;
  logic                 nar1_q, res_sign_q;
  logic [ShiftBits-1:0] res_shift_q;  // signed; >= 0 within the range above

  absim_posit_decoder #(.N(N), .Es(Es)) u_decode (
    .code_i       (residual_i),
    .zero_o       (res_zero),
    .nar_o        (res_nar),
    .sign_o       (res_sign),
    .exponent_o   (res_exponent),
    .significand_o(res_significand)
  );
  assign unused_zero = res_zero;  // its significand is 0
  if (QuireBits < 48) begin : gen_unused_offset
    logic unused_offset;
    assign unused_offset = ^offset_i[47:QuireBits];  // sums count modulo 2^QuireBits
  end

  // Stage 2
  logic [WideBits-1:0]  res_wide;
  logic [QuireBits-1:0] res_fixed, res_fixed_q, partial_q;
  logic                 nar2_q;

  assign res_wide  = WideBits'(res_significand_q) << res_shift_q;
  assign res_fixed = res_wide[WideBits-1 -: QuireBits];
  if (FracBits != 0) begin : gen_dropped
    logic unused_dropped;
    assign unused_dropped = ^res_wide[FracBits-1:0];  // zero
  end

  // Stage 3
  logic [QuireBits-1:0] sum, sum_q;
  logic                 nar3_q;
  assign sum = partial_q + res_fixed_q;

  // What the later stages need of the beat
  logic       relu1_q, relu2_q, cut1_q, cut2_q, cut3_q, int1_q, int2_q, int3_q;
  logic [9:0] out_exponent1_q, out_exponent2_q, out_exponent3_q;
  logic [7:0] shift1_q, shift2_q, shift3_q;

  // Stage 4
  logic [N-1:0]              code;
  logic [7:0]                shift;
  logic signed [IntBits-1:0] int_sum, shifted, low, high;
  logic [31:0]               integer_d, value_d, value_q;

  absim_posit_encoder #(.N(N), .Es(Es), .AccBits(QuireBits)) u_encode (
    .sum_i        (sum_q),
    .nar_i        (nar3_q),
    .exponent_i   (out_exponent3_q),
    .toward_zero_i(cut3_q),
    .code_o       (code)
  );

  // From a shift by QuireBits on every result is 0.
  assign shift     = (32'(shift3_q) > QuireBits) ? 8'(QuireBits) : shift3_q;
  assign int_sum   = IntBits'($signed(sum_q)) + $signed((IntBits'(1) << shift) >> 1);
  assign shifted   = int_sum >>> shift;
  assign high      = $signed(IntBits'(64'd2147483647));
  assign low       = ~high;
  assign integer_d = (shifted < low) ? low[31:0] : (shifted > high) ? high[31:0] : shifted[31:0];
  assign value_d   = int3_q ? integer_d : 32'($signed(code));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      acc1_q            <= '0;
      nar1_q            <= 1'b0;
      offset_q          <= '0;
      res_sign_q        <= 1'b0;
      res_shift_q       <= '0;
      res_significand_q <= '0;
      res_fixed_q       <= '0;
      partial_q         <= '0;
      nar2_q            <= 1'b0;
      sum_q             <= '0;
      nar3_q            <= 1'b0;
      relu1_q           <= 1'b0;
      relu2_q           <= 1'b0;
      cut1_q            <= 1'b0;
      cut2_q            <= 1'b0;
      cut3_q            <= 1'b0;
      int1_q            <= 1'b0;
      int2_q            <= 1'b0;
      int3_q            <= 1'b0;
      out_exponent1_q   <= '0;
      out_exponent2_q   <= '0;
      out_exponent3_q   <= '0;
      shift1_q          <= '0;
      shift2_q          <= '0;
      shift3_q          <= '0;
      value_q           <= '0;
    end else begin
      acc1_q            <= acc_i;
      nar1_q            <= nar_i || res_nar;
      offset_q          <= QuireBits'($signed(offset_i)) << offset_shift_i;
      res_sign_q        <= res_sign;
      res_shift_q       <= ShiftBits'($signed(res_exponent)) + ShiftBits'(Bias) +
                           ShiftBits'($signed(residual_exponent_i));
      res_significand_q <= res_significand;
      res_fixed_q       <= res_sign_q ? -res_fixed : res_fixed;
      partial_q         <= acc1_q + offset_q;
      nar2_q            <= nar1_q;
      sum_q             <= (relu2_q && sum[QuireBits-1]) ? '0 : sum;
      nar3_q            <= nar2_q;
      relu1_q           <= relu_i;
      relu2_q           <= relu1_q;
      cut1_q            <= toward_zero_i;
      cut2_q            <= cut1_q;
      cut3_q            <= cut2_q;
      int1_q            <= out_kind_i == absim_pkg::OUT_S32;
      int2_q            <= int1_q;
      int3_q            <= int2_q;
      out_exponent1_q   <= out_exponent_i;
      out_exponent2_q   <= out_exponent1_q;
      out_exponent3_q   <= out_exponent2_q;
      shift1_q          <= shift_i;
      shift2_q          <= shift1_q;
      shift3_q          <= shift2_q;
      value_q           <= value_d;
    end
  end

  assign value_o = value_q;
endmodule
