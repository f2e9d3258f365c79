// SPDX-License-Identifier: Apache-2.0
// Fields of a float with 8 exponent bits, bias 127, made uniform: subnormals have exponent 1 and no
// hidden bit, so that a finite number is significand * 2^(exponent - 127 - FracBits).
//
// Cycles: combinational.
module absim_fp_unpack #(
  parameter int unsigned FracBits = 23  // 23: fp32, 7: bfloat16
) (
  input  logic [FracBits+8:0] bits_i,
  output logic                sign_o,
  output logic [7:0]          exponent_o,  // 1..255
  output logic [FracBits:0]   significand_o,
  output logic                infinite_o,
  output logic                nan_o
);
  logic [7:0]          field;
  logic [FracBits-1:0] fraction;
  logic                normal;

  assign sign_o   = bits_i[FracBits+8];
  assign field    = bits_i[FracBits+7:FracBits];
  assign fraction = bits_i[FracBits-1:0];
  assign normal   = field != 8'd0;

  assign exponent_o    = normal ? field : 8'd1;
  assign significand_o = {normal, fraction};
  assign infinite_o    = (field == 8'd255) && (fraction == '0);
  assign nan_o         = (field == 8'd255) && (fraction != '0);
endmodule
