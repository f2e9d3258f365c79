// SPDX-License-Identifier: Apache-2.0
// Posit multiply-add chain: acc = round(a * b + acc), one rounding a step, one step a cycle. The
// result depends on the order of the steps; a sum starts from 0.
//
// Pipeline, initiation interval 1: decode, multiply (absim_posit_product); align; then decode the
// accumulator, add, round (absim_posit_encoder) in the one cycle that the recurrence allows.
// Cycles: a pair taken in cycle c is in acc_o from c + 4 on.
// Range: |a b| + |acc| <= maxpos^2 + maxpos fits the adder.
module absim_posit_chain #(
  parameter int unsigned N  = 8,  // bits of a code, 3..16
  parameter int unsigned Es = 1   // exponent bits, 0..2
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         en_i,     // a pair is taken in this cycle
  input  logic         clear_i,  // first pair of the sum
  input  logic         toward_zero_i,  // rounding, held during a sum
  input  logic [N-1:0] a_i,
  input  logic [N-1:0] b_i,
  output logic [N-1:0] acc_o
);
  localparam int unsigned MagBits   = 4 * ((N - 2) << Es) + 2;
  localparam int unsigned SumBits   = MagBits + 1;
  localparam int unsigned FracBits  = (N > Es + 3) ? N - Es - 3 : 0;
  localparam int unsigned ExpBits   = $clog2(((N - 2) << Es) + 1) + 1;
  localparam int unsigned ShiftBits = ExpBits + 1;
  localparam int unsigned WideBits  = SumBits + FracBits;
  localparam int unsigned Bias      = 2 * ((N - 2) << Es);  // 2M

  logic               sign, nar;
  logic [MagBits-1:0] magnitude;

  absim_posit_product #(.N(N), .Es(Es)) u_product (
    .clk_i,
    .rst_ni,
    .a_i,
    .b_i,
    .nar_o      (nar),
    .sign_o     (sign),
    .magnitude_o(magnitude)
  );

  // Stage 4: the accumulator as fixed point
  logic [N-1:0]         acc_q, acc_d, old;
  logic [2:0]           en_q, clear_q;  // of stages 1, 2, 3
  logic                 old_zero, old_nar, old_sign;
  logic [ExpBits-1:0]   old_exponent;
  logic [FracBits:0]    old_significand;
  logic [ShiftBits-1:0] old_shift;  // M..3M
  logic [WideBits-1:0]  old_wide;
  logic [SumBits-1:0]   product, addend, addend_q, old_fixed, sum;
  logic                 nar3_q, unused_zero;

  assign product = SumBits'(magnitude);
  assign addend  = sign ? -product : product;  // stage 3

  assign old = clear_q[2] ? '0 : acc_q;

  absim_posit_decoder #(.N(N), .Es(Es)) u_decode (
    .code_i       (old),
    .zero_o       (old_zero),
    .nar_o        (old_nar),
    .sign_o       (old_sign),
    .exponent_o   (old_exponent),
    .significand_o(old_significand)
  );

  assign unused_zero = old_zero;  // its significand is 0
  assign old_shift   = ShiftBits'($signed(old_exponent)) + ShiftBits'(Bias);
  assign old_wide    = WideBits'(old_significand) << old_shift;
  assign old_fixed   = old_wide[WideBits-1 -: SumBits];
  assign sum         = addend_q + (old_sign ? -old_fixed : old_fixed);

  if (FracBits != 0) begin : gen_dropped
    logic unused_dropped;
    assign unused_dropped = ^old_wide[FracBits-1:0];
  end

  absim_posit_encoder #(.N(N), .Es(Es), .AccBits(SumBits)) u_encode (
    .sum_i        (sum),
    .nar_i        (nar3_q || old_nar),
    .exponent_i   ('0),
    .toward_zero_i(toward_zero_i),
    .code_o       (acc_d)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      en_q     <= '0;
      clear_q  <= '0;
      addend_q <= '0;
      nar3_q   <= 1'b0;
      acc_q    <= '0;
    end else begin
      en_q     <= {en_q[1:0], en_i};
      clear_q  <= {clear_q[1:0], clear_i};
      addend_q <= addend;
      nar3_q   <= nar;
      if (en_q[2]) acc_q <= acc_d;
    end
  end

  assign acc_o = acc_q;
endmodule
