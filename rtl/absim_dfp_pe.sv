// SPDX-License-Identifier: Apache-2.0
// Integer processing element of dynamic fixed point: one word of Lanes activations times their
// 8-bit weights a cycle, one 32-bit accumulator. Exponents are the tensors': none is in here.
//
// Cycles: a word taken in cycle c is in acc_o from c + 2 on; one word a cycle. Stage 1 registers
// the sum of the lanes' products, stage 2 accumulates. Between words en_i may be low for any time.
// Range: |product| <= 256 * 128; acc never wraps for a dump that passed its checks.
module absim_dfp_pe #(
  parameter int unsigned Lanes = 16  // activations of a word, 1..255
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     en_i,     // a word is taken in this cycle
  input  logic                                     clear_i,  // first word of the tile
  input  logic [Lanes*absim_pkg::OPERAND_BITS-1:0] act_i,    // signed, lane 0 in the low bits
  input  logic [Lanes*8-1:0]                       weight_i, // signed, lane 0 in the low bits
  output logic [absim_pkg::ACC_BITS-1:0]           acc_o     // signed
);
  localparam int unsigned InBits     = absim_pkg::OPERAND_BITS;
  localparam int unsigned WeightBits = 8;
  localparam int unsigned AccBits    = absim_pkg::ACC_BITS;
  localparam int unsigned ProdBits   = InBits + WeightBits;
  localparam int unsigned SumBits    = ProdBits + $clog2(Lanes);

  if (Lanes < 1 || Lanes > 255) begin : gen_bad_lanes
    $error("Lanes must be 1..255");
  end

  logic signed [SumBits-1:0] sum_d, sum_q;
  logic                      sum_valid_q, sum_clear_q;
  logic [AccBits-1:0]        acc_q, acc_base;

  always_comb begin
    sum_d = '0;
    for (int unsigned j = 0; j < Lanes; j++) begin
      sum_d = sum_d + SumBits'($signed(act_i[j*InBits +: InBits])) *
                      SumBits'($signed(weight_i[j*WeightBits +: WeightBits]));
    end
  end

  assign acc_base = sum_clear_q ? '0 : acc_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_q       <= '0;
      sum_valid_q <= 1'b0;
      sum_clear_q <= 1'b0;
      acc_q       <= '0;
    end else begin
      sum_valid_q <= en_i;
      if (en_i) begin
        sum_q       <= sum_d;
        sum_clear_q <= clear_i;
      end
      if (sum_valid_q) acc_q <= acc_base + AccBits'(sum_q);
    end
  end

  assign acc_o = acc_q;
endmodule
