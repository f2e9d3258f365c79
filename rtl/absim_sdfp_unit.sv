// SPDX-License-Identifier: Apache-2.0
// The S-DFP shifter with a register behind it and counters of what it lost: the unit that turns a
// tensor of accumulators into 8-bit codes.
//
// Cycles: 1, one value a cycle. The counters hold a value sent in cycle c from c + 1 on; clear_i
// empties them before the value of the same cycle counts. They wrap modulo 2^CountBits.
module absim_sdfp_unit #(
  parameter int unsigned AccBits   = 32,
  parameter int unsigned CountBits = 32
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,  // the counters
  input  logic                 valid_i,
  input  logic [AccBits-1:0]   acc_i,    // signed
  input  logic [9:0]           shift_i,  // signed
  input  logic [2:0]           rounding_i,
  input  logic [15:0]          random_i,
  input  logic [1:0]           range_i,
  input  logic                 symmetric_i,
  output logic                 valid_o,
  output logic [31:0]          value_o,  // signed
  output logic                 saturated_o,
  output logic                 underflowed_o,
  output logic [CountBits-1:0] values_o,
  output logic [CountBits-1:0] saturated_count_o,
  output logic [CountBits-1:0] underflowed_count_o
);
  logic [31:0] value_d, value_q;
  logic        saturated_d, saturated_q, underflowed_d, underflowed_q, valid_q;

  absim_sdfp_shifter #(
    .AccBits(AccBits)
  ) u_shifter (
    .acc_i,
    .shift_i,
    .rounding_i,
    .random_i,
    .range_i,
    .symmetric_i,
    .value_o      (value_d),
    .saturated_o  (saturated_d),
    .underflowed_o(underflowed_d)
  );

  logic [CountBits-1:0] values_q, saturations_q, underflows_q;
  logic [CountBits-1:0] values_base, saturations_base, underflows_base;

  assign values_base      = clear_i ? '0 : values_q;
  assign saturations_base = clear_i ? '0 : saturations_q;
  assign underflows_base  = clear_i ? '0 : underflows_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q       <= 1'b0;
      value_q       <= '0;
      saturated_q   <= 1'b0;
      underflowed_q <= 1'b0;
      values_q      <= '0;
      saturations_q <= '0;
      underflows_q  <= '0;
    end else begin
      valid_q       <= valid_i;
      values_q      <= values_base + CountBits'(valid_i);
      saturations_q <= saturations_base + CountBits'(valid_i && saturated_d);
      underflows_q  <= underflows_base + CountBits'(valid_i && underflowed_d);
      if (valid_i) begin
        value_q       <= value_d;
        saturated_q   <= saturated_d;
        underflowed_q <= underflowed_d;
      end
    end
  end

  assign valid_o             = valid_q;
  assign value_o             = value_q;
  assign saturated_o         = saturated_q;
  assign underflowed_o       = underflowed_q;
  assign values_o            = values_q;
  assign saturated_count_o   = saturations_q;
  assign underflowed_count_o = underflows_q;
endmodule
