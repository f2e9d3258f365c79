// SPDX-License-Identifier: Apache-2.0
// Rounds to nearest, ties to even, and packs an fp32. A carry out of the significand goes on into the
// exponent: a subnormal becomes the smallest normal, the largest number infinity.
//
// Cycles: combinational.
module absim_fp_round (
  input  logic        sign_i,
  input  logic        zero_i,         // the value is zero, whatever its exponent
  input  logic [8:0]  exponent_i,     // biased, of the significand's top bit; at least 1
  input  logic [23:0] significand_i,  // top bit 0 only where exponent_i is 1, or for zero
  input  logic        guard_i,
  input  logic        sticky_i,
  output logic [31:0] result_o
);
  logic        up;
  logic [31:0] magnitude;  // exponent with one bit more than an fp32 has, fraction

  assign up        = guard_i && (sticky_i || significand_i[0]);
  assign magnitude = {exponent_i - 9'd1, 23'd0} + {8'd0, significand_i} + {31'd0, up};

  always_comb begin
    if (zero_i) begin
      result_o = {sign_i, 31'd0};
    end else if (magnitude >= 32'h7f80_0000) begin
      result_o = {sign_i, 31'h7f80_0000};
    end else begin
      result_o = {sign_i, magnitude[30:0]};
    end
  end
endmodule
