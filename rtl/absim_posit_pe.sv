// SPDX-License-Identifier: Apache-2.0
// Posit PE: Lanes products a cycle, summed exactly in a quire (two's complement, unit 2^(-2M)).
//
// Pipeline, initiation interval 1:
//   1  decode            2  multiply            (absim_posit_product)
//   3  align, apply signs, add the lanes
//   4  accumulate
// Cycles: a word taken in cycle c is in acc_o from c + 4 on. The operands of a cycle without en_i
// count for nothing.
// Range: 2^(QuireBits - 1 - 4M) products of the largest magnitude fit; beyond, the sum wraps. NaR of
// any operand stays in nar_o until the next tile's first word; its product counts as 0 in acc_o.
module absim_posit_pe #(
  parameter int unsigned N         = 8,   // bits of a code, 3..16
  parameter int unsigned Es        = 1,   // exponent bits, 0..2
  parameter int unsigned Lanes     = 16,  // products a cycle, 1..255
  parameter int unsigned QuireBits = 4 * ((N - 2) << Es) + 16
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,      // a word is taken in this cycle
  input  logic                 clear_i,   // first word of the tile
  input  logic [Lanes*N-1:0]   act_i,     // codes, lane 0 in the low bits
  input  logic [Lanes*N-1:0]   weight_i,
  output logic [QuireBits-1:0] acc_o,     // signed
  output logic                 nar_o
);
  localparam int unsigned MagBits = 4 * ((N - 2) << Es) + 2;

  if (Lanes < 1 || Lanes > 255 || QuireBits < MagBits) begin : gen_bad_size
    $error("Lanes must be 1..255 and the quire hold a product");
  end

  logic [Lanes-1:0]         lane_nar, lane_sign;
  logic [Lanes*MagBits-1:0] lane_magnitude;

  for (genvar j = 0; j < Lanes; j++) begin : gen_lane
    absim_posit_product #(.N(N), .Es(Es)) u_product (
      .clk_i,
      .rst_ni,
      .a_i        (act_i[j*N +: N]),
      .b_i        (weight_i[j*N +: N]),
      .nar_o      (lane_nar[j]),
      .sign_o     (lane_sign[j]),
      .magnitude_o(lane_magnitude[j*MagBits +: MagBits])
    );
  end

  // Stage 3: a negative product is ~magnitude + 1
  logic [QuireBits-1:0] lane_sum, sum_q;
  logic                 nar3_q;

  always_comb begin
    lane_sum = '0;
    for (int unsigned j = 0; j < Lanes; j++) begin
      lane_sum = lane_sum + QuireBits'(lane_sign[j]) +
                 (QuireBits'(lane_magnitude[j*MagBits +: MagBits]) ^ {QuireBits{lane_sign[j]}});
    end
  end

  // Stage 4
  logic [2:0]           en_q, clear_q;  // of stages 1, 2, 3
  logic [QuireBits-1:0] acc_d, acc_q;
  logic                 nar_d, nar_q;

  assign acc_d = (clear_q[2] ? '0 : acc_q) + sum_q;
  assign nar_d = (!clear_q[2] && nar_q) || nar3_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      en_q    <= '0;
      clear_q <= '0;
      sum_q   <= '0;
      nar3_q  <= 1'b0;
      acc_q   <= '0;
      nar_q   <= 1'b0;
    end else begin
      en_q    <= {en_q[1:0], en_i};
      clear_q <= {clear_q[1:0], clear_i};
      sum_q   <= lane_sum;
      nar3_q  <= lane_nar != '0;
      if (en_q[2]) begin
        acc_q <= acc_d;
        nar_q <= nar_d;
      end
    end
  end

  assign acc_o = acc_q;
  assign nar_o = nar_q;
endmodule
