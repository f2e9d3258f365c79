// SPDX-License-Identifier: Apache-2.0
// Fixed-point post-processing of one channel: batch norm, residual and requantisation in one step.
//   y   = clamp((acc M + B + res R + half) >> S)     clamp to u8 (ReLU), s8, s16 or s32
//   act = clamp_u8((y M2 + B2 + half2) >> S2)        second output, from an s16 y
// half = 2^(S-1), 0 where S = 0: round half up. Shifts are arithmetic.
//
// Cycles: 4, one beat a cycle: products; sum, shift and clamp; second product; second sum, shift
// and clamp.
// Range: |acc M| <= 2^46, |B| <= 2^47, |res R| <= 2^46, half <= 2^46: sums fit 50 bits.
module absim_postproc_lane (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // Stage 1
  input  logic [absim_pkg::ACC_BITS-1:0] acc_i,            // signed
  input  absim_pkg::param_t              param_i,
  input  logic [absim_pkg::RES_BITS-1:0] residual_i,       // signed
  input  logic [31:0]                    residual_gain_i,  // signed
  // Stage 2
  input  logic [1:0]                     out_kind_i,
  input  logic [5:0]                     shift_i,  // 0..47
  // Stage 4
  input  logic [5:0]                     act_shift_i,  // 0..47
  output logic [31:0]                    value_o,      // signed, after stage 4
  output logic [7:0]                     activation_o  // after stage 4
);
  localparam int unsigned ProdBits    = 48;
  localparam int unsigned SumBits     = 50;
  localparam int unsigned ActProdBits = 32;

  function automatic logic [SumBits-1:0] half(input logic [5:0] shift);
    half = (SumBits'(1) << shift) >> 1;
  endfunction

  // Stage 1
  logic signed [ProdBits-1:0] prod_q, res_prod_q;
  logic signed [ProdBits-1:0] offset_q;
  logic signed [ProdBits-1:0] act_offset1_q, act_offset2_q, act_offset3_q;
  logic signed [15:0]         act_mult1_q, act_mult2_q;

  // Stage 2
  logic signed [SumBits-1:0] sum, shifted;
  logic signed [31:0]        value_d, value2_q, value3_q, value4_q;

  assign sum     = SumBits'(prod_q) + SumBits'(res_prod_q) + SumBits'(offset_q) +
                   $signed(half(shift_i));
  assign shifted = sum >>> shift_i;

  logic signed [SumBits-1:0] low, high;  // limits of the clamp
  always_comb begin
    low  = -SumBits'(64'd2147483648);
    high = SumBits'(64'd2147483647);
    unique case (out_kind_i)
      absim_pkg::OUT_U8: begin
        low  = SumBits'(0);
        high = SumBits'(255);
      end
      absim_pkg::OUT_S8: begin
        low  = -SumBits'(128);
        high = SumBits'(127);
      end
      absim_pkg::OUT_S16: begin
        low  = -SumBits'(32768);
        high = SumBits'(32767);
      end
      absim_pkg::OUT_S32: ;
      default: ;
    endcase
  end

  assign value_d = (shifted < low) ? low[31:0] : (shifted > high) ? high[31:0] : shifted[31:0];

  // Stage 3
  logic signed [ActProdBits-1:0] act_prod_q;

  // Stage 4
  logic signed [SumBits-1:0] act_sum, act_shifted;
  logic [7:0]                activation_d, activation_q;

  assign act_sum      = SumBits'(act_prod_q) + SumBits'(act_offset3_q) + $signed(half(act_shift_i));
  assign act_shifted  = act_sum >>> act_shift_i;
  assign activation_d = (act_shifted < SumBits'(0)) ? 8'd0
                      : (act_shifted > SumBits'(255)) ? 8'd255 : act_shifted[7:0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      prod_q        <= '0;
      res_prod_q    <= '0;
      offset_q      <= '0;
      act_mult1_q   <= '0;
      act_offset1_q <= '0;
      value2_q      <= '0;
      act_mult2_q   <= '0;
      act_offset2_q <= '0;
      act_prod_q    <= '0;
      value3_q      <= '0;
      act_offset3_q <= '0;
      value4_q      <= '0;
      activation_q  <= '0;
    end else begin
      prod_q        <= ProdBits'($signed(acc_i)) * ProdBits'($signed(param_i.multiplier));
      res_prod_q    <= ProdBits'($signed(residual_i)) * ProdBits'($signed(residual_gain_i));
      offset_q      <= $signed(param_i.offset);
      act_mult1_q   <= $signed(param_i.act_multiplier);
      act_offset1_q <= $signed(param_i.act_offset);
      value2_q      <= value_d;
      act_mult2_q   <= act_mult1_q;
      act_offset2_q <= act_offset1_q;
      act_prod_q    <= ActProdBits'($signed(value2_q[15:0])) * ActProdBits'(act_mult2_q);
      value3_q      <= value2_q;
      act_offset3_q <= act_offset2_q;
      value4_q      <= value3_q;
      activation_q  <= activation_d;
    end
  end

  assign value_o      = value4_q;
  assign activation_o = activation_q;
endmodule
