// SPDX-License-Identifier: Apache-2.0
// Statistics of a tensor's accumulators, from which the next exponent is found: a histogram of the
// position of the magnitude's leading bit, and the running OR of the magnitudes, whose leading bit
// is the largest value's.
//
// Bins: 0 counts zeros; 1 + p counts floor(log2 |x|) = p. The magnitude is unsigned: the most
// negative word has p = 31.
// Cycles: one word a cycle; a word of cycle c shows from c + 1 on. clear_i empties everything
// before the word of the same cycle counts. Counters wrap modulo 2^CountBits.
module absim_dfp_stats #(
  parameter int unsigned CountBits = 32
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           clear_i,
  input  logic                           valid_i,
  input  logic [absim_pkg::ACC_BITS-1:0] value_i,   // signed
  input  logic [5:0]                     bin_i,     // read port: 0..32
  output logic [CountBits-1:0]           count_o,   // of bin_i; 0 beyond the last bin
  output logic [absim_pkg::ACC_BITS-1:0] largest_o  // OR of magnitudes
);
  localparam int unsigned AccBits = absim_pkg::ACC_BITS;
  localparam int unsigned Bins    = AccBits + 1;
  localparam int unsigned BinBits = 6;

  logic [AccBits-1:0] magnitude, largest_q;
  logic [BinBits-1:0] bin;

  assign magnitude = value_i[AccBits-1] ? -value_i : value_i;

  always_comb begin
    bin = '0;
    for (int unsigned p = 0; p < AccBits; p++) begin
      if (magnitude[p]) bin = BinBits'(p + 1);
    end
  end

  logic [Bins*CountBits-1:0] counts_q;

  for (genvar b = 0; b < Bins; b++) begin : gen_bin
    logic                 hit;
    logic [CountBits-1:0] base;
    assign hit  = valid_i && (bin == BinBits'(b));
    assign base = clear_i ? '0 : counts_q[b*CountBits +: CountBits];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) counts_q[b*CountBits +: CountBits] <= '0;
      else if (clear_i || hit) counts_q[b*CountBits +: CountBits] <= base + CountBits'(hit);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) largest_q <= '0;
    else largest_q <= (clear_i ? '0 : largest_q) | (valid_i ? magnitude : '0);
  end

  always_comb begin
    count_o = '0;
    for (int unsigned b = 0; b < Bins; b++) begin
      if (bin_i == BinBits'(b)) count_o = counts_q[b*CountBits +: CountBits];
    end
  end

  assign largest_o = largest_q;
endmodule
