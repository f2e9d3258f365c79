// SPDX-License-Identifier: Apache-2.0
// Shifts a sum to the left until its leading bit is on top or its exponent is 1, whichever comes
// first, so that the result's 24 bits are on top for normal and for subnormal results alike.
//
// Cycles: combinational.
module absim_fp_normalise #(
  parameter int unsigned Width = 77  // of the sum, bits; at least 26
) (
  input  logic [Width-1:0] sum_i,
  input  logic [8:0]       top_exponent_i,  // biased exponent of the top bit, at least 1
  output logic [23:0]      significand_o,
  output logic             guard_o,    // the first bit that does not fit
  output logic             sticky_o,   // any later one
  output logic [8:0]       exponent_o  // biased exponent of the significand's top bit, at least 1
);
  localparam int unsigned CountBits = 9;

  logic [CountBits-1:0] zeros;  // leading ones of these
  logic [CountBits-1:0] most, shift;
  logic [Width-1:0]     shifted;

  always_comb begin
    zeros = CountBits'(Width);
    for (int unsigned i = 0; i < Width; i++) begin
      if (sum_i[i]) zeros = CountBits'(Width - 1 - i);
    end
  end

  assign most    = top_exponent_i - 9'd1;
  assign shift   = (zeros < most) ? zeros : most;
  assign shifted = sum_i << shift;

  assign significand_o = shifted[Width-1 -: 24];
  assign guard_o       = shifted[Width-25];
  assign sticky_o      = |shifted[Width-26:0];
  assign exponent_o    = top_exponent_i - shift;
endmodule
