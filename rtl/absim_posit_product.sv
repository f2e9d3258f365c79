// SPDX-License-Identifier: Apache-2.0
// Product of two posit codes as a fixed-point number: the front of every posit accumulator.
//
// Pipeline, one product a cycle:
//   1  decode both codes
//   2  multiply significands, add exponents
//   -  align (combinational, after the second register)
// Cycles: codes of cycle c are on the outputs in cycle c + 2.
// Range: magnitude in units of 2^(-2M), at most 2^(4M) (maxpos squared); never cut: every product is
// a multiple of minpos squared. Zero and NaR have magnitude 0.
module absim_posit_product #(
  parameter  int unsigned N       = 8,  // bits of a code, 3..16
  parameter  int unsigned Es      = 1,  // exponent bits, 0..2
  localparam int unsigned MagBits = 4 * ((N - 2) << Es) + 2
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [N-1:0]       a_i,
  input  logic [N-1:0]       b_i,
  output logic               nar_o,
  output logic               sign_o,
  output logic [MagBits-1:0] magnitude_o
);
  localparam int unsigned FracBits    = (N > Es + 3) ? N - Es - 3 : 0;
  localparam int unsigned ExpBits     = $clog2(((N - 2) << Es) + 1) + 1;
  localparam int unsigned ProdBits    = 2 * FracBits + 2;
  localparam int unsigned ProdExpBits = ExpBits + 1;
  localparam int unsigned WideBits    = MagBits + 2 * FracBits;
  localparam int unsigned Bias        = 2 * ((N - 2) << Es);  // 2M

  // Stage 1
  logic               a_zero, a_nar, a_sign, b_zero, b_nar, b_sign;
  logic [ExpBits-1:0] a_exponent, b_exponent;
  logic [FracBits:0]  a_significand, b_significand;
  logic               a_zero_q, a_nar_q, a_sign_q, b_zero_q, b_nar_q, b_sign_q;
  logic [ExpBits-1:0] a_exponent_q, b_exponent_q;
  logic [FracBits:0]  a_significand_q, b_significand_q;

  absim_posit_decoder #(.N(N), .Es(Es)) u_decode_a (
    .code_i       (a_i),
    .zero_o       (a_zero),
    .nar_o        (a_nar),
    .sign_o       (a_sign),
    .exponent_o   (a_exponent),
    .significand_o(a_significand)
  );
  absim_posit_decoder #(.N(N), .Es(Es)) u_decode_b (
    .code_i       (b_i),
    .zero_o       (b_zero),
    .nar_o        (b_nar),
    .sign_o       (b_sign),
    .exponent_o   (b_exponent),
    .significand_o(b_significand)
  );

  // Stage 2
  logic                   zero, nar, sign, zero_q, nar_q, sign_q;
  logic [ProdExpBits-1:0] exponent, exponent_q;
  logic [ProdBits-1:0]    significand, significand_q;

  absim_posit_multiplier #(.N(N), .Es(Es)) u_multiply (
    .a_zero_i       (a_zero_q),
    .a_nar_i        (a_nar_q),
    .a_sign_i       (a_sign_q),
    .a_exponent_i   (a_exponent_q),
    .a_significand_i(a_significand_q),
    .b_zero_i       (b_zero_q),
    .b_nar_i        (b_nar_q),
    .b_sign_i       (b_sign_q),
    .b_exponent_i   (b_exponent_q),
    .b_significand_i(b_significand_q),
    .zero_o         (zero),
    .nar_o          (nar),
    .sign_o         (sign),
    .exponent_o     (exponent),
    .significand_o  (significand)
  );

  // Alignment: the significand's 2 FracBits fraction bits lie below the unit before the shift; what
  // is dropped after it is zero.
  logic [ProdExpBits-1:0] shift;  // 0..4M
  logic [WideBits-1:0]    wide;

  assign shift       = exponent_q + ProdExpBits'(Bias);
  assign wide        = WideBits'(significand_q) << shift;
  assign nar_o       = nar_q;
  assign sign_o      = sign_q;
  assign magnitude_o = (nar_q || zero_q) ? '0 : wide[WideBits-1 -: MagBits];

  if (FracBits != 0) begin : gen_dropped
    logic unused_dropped;
    assign unused_dropped = ^wide[2*FracBits-1:0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      a_zero_q        <= 1'b0;
      a_nar_q         <= 1'b0;
      a_sign_q        <= 1'b0;
      a_exponent_q    <= '0;
      a_significand_q <= '0;
      b_zero_q        <= 1'b0;
      b_nar_q         <= 1'b0;
      b_sign_q        <= 1'b0;
      b_exponent_q    <= '0;
      b_significand_q <= '0;
      zero_q          <= 1'b0;
      nar_q           <= 1'b0;
      sign_q          <= 1'b0;
      exponent_q      <= '0;
      significand_q   <= '0;
    end else begin
      a_zero_q        <= a_zero;
      a_nar_q         <= a_nar;
      a_sign_q        <= a_sign;
      a_exponent_q    <= a_exponent;
      a_significand_q <= a_significand;
      b_zero_q        <= b_zero;
      b_nar_q         <= b_nar;
      b_sign_q        <= b_sign;
      b_exponent_q    <= b_exponent;
      b_significand_q <= b_significand;
      zero_q          <= zero;
      nar_q           <= nar;
      sign_q          <= sign;
      exponent_q      <= exponent;
      significand_q   <= significand;
    end
  end
endmodule
