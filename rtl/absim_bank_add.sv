// SPDX-License-Identifier: Apache-2.0
// Adds two linear pixel indices held as (quotient, remainder) by Banks, so that nothing divides.
//
// Combinational. Remainders 0..Banks-1; quotients are signed and wrap at 20 bits.
module absim_bank_add #(
  parameter int unsigned Banks = 8  // 1..255
) (
  input  logic [absim_pkg::ADDR_BITS-1:0]  a_q_i,
  input  logic [absim_pkg::COUNT_BITS-1:0] a_r_i,
  input  logic [absim_pkg::ADDR_BITS-1:0]  b_q_i,
  input  logic [absim_pkg::COUNT_BITS-1:0] b_r_i,
  output logic [absim_pkg::ADDR_BITS-1:0]  sum_q_o,
  output logic [absim_pkg::COUNT_BITS-1:0] sum_r_o
);
  localparam int unsigned RemBits = absim_pkg::COUNT_BITS;
  localparam int unsigned SumBits = RemBits + 1;
  localparam int unsigned QuoBits = absim_pkg::ADDR_BITS;

  logic [SumBits-1:0] sum;
  logic               carry;

  assign sum     = {1'b0, a_r_i} + {1'b0, b_r_i};
  assign carry   = (sum >= SumBits'(Banks));
  assign sum_r_o = carry ? RemBits'(sum - SumBits'(Banks)) : sum[RemBits-1:0];
  assign sum_q_o = a_q_i + b_q_i + QuoBits'(carry);
endmodule
