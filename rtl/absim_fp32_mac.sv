// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulate of IEEE 754 binary32: result = round(a b + c), rounded once, to nearest even.
//
// Cycles: 5, one operation a cycle; the stages are in absim_fp_fma.
// Subnormals count in full; every NaN is 0x7fc00000; no exception flags.
module absim_fp32_mac (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] c_i,
  output logic        valid_o,
  output logic [31:0] result_o
);
  absim_fp_fma #(.FracBits(23)) u_fma (
    .clk_i,
    .rst_ni,
    .valid_i,
    .a_i,
    .b_i,
    .c_i,
    .valid_o,
    .result_o
  );
endmodule
