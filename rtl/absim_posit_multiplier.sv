// SPDX-License-Identifier: Apache-2.0
// Exact product of two decoded posits (absim_posit_decoder).
//   value = (-1)^sign * significand * 2^(exponent - 2 FracBits)
// NaR where an operand is NaR, even NaR * 0; zero where one is zero and none NaR.
//
// Cycles: combinational.
// Range: |exponent| <= 2M; significand in [2^(2 FracBits), 2^(2 FracBits + 2)) or 0.
module absim_posit_multiplier #(
  parameter  int unsigned N        = 8,  // bits of a code, 3..16
  parameter  int unsigned Es       = 1,  // exponent bits, 0..2
  localparam int unsigned FracBits = (N > Es + 3) ? N - Es - 3 : 0,
  localparam int unsigned ExpBits  = $clog2(((N - 2) << Es) + 1) + 1
) (
  input  logic                  a_zero_i,
  input  logic                  a_nar_i,
  input  logic                  a_sign_i,
  input  logic [ExpBits-1:0]    a_exponent_i,  // signed
  input  logic [FracBits:0]     a_significand_i,
  input  logic                  b_zero_i,
  input  logic                  b_nar_i,
  input  logic                  b_sign_i,
  input  logic [ExpBits-1:0]    b_exponent_i,  // signed
  input  logic [FracBits:0]     b_significand_i,
  output logic                  zero_o,
  output logic                  nar_o,
  output logic                  sign_o,
  output logic [ExpBits:0]      exponent_o,  // signed
  output logic [2*FracBits+1:0] significand_o
);
  localparam int unsigned ProdExpBits = ExpBits + 1;
  localparam int unsigned ProdBits    = 2 * FracBits + 2;

  assign nar_o         = a_nar_i || b_nar_i;
  assign zero_o        = (a_zero_i || b_zero_i) && !nar_o;
  assign sign_o        = a_sign_i ^ b_sign_i;
  assign exponent_o    = ProdExpBits'($signed(a_exponent_i)) + ProdExpBits'($signed(b_exponent_i));
  assign significand_o = ProdBits'(a_significand_i) * ProdBits'(b_significand_i);
endmodule
