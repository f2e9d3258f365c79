// SPDX-License-Identifier: Apache-2.0
// Bit-serial processing element: one word of Lanes activations times one plane of their weights a
// cycle.
//
// Planes come most significant first; a plane's weight bit means
//   BWB               +a (1) or -a (0)
//   two's complement   a (1) or  0 (0), and -a (1) in the first plane, the sign plane.
// Cycles: a word taken in cycle c is in acc_o from c + 1 on; one word a cycle.
//   progressive: acc = (clear ? 0 : shift ? 2 acc : acc) + sum; the first step of a plane shifts.
//   stationary:  part = (first plane ? 0 : 2 part) + sum; the last plane adds part to acc.
// Range: |sum| <= 255 Lanes, |part| < 2^8 * 255 Lanes; acc has 32 bits and never wraps for a dump
// that passed its checks.
module absim_abs_pe #(
  parameter int unsigned Lanes = 16  // activations of a word, 1..255
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     en_i,  // a word is taken in this cycle
  input  logic                                     twos_complement_i,
  input  logic                                     sign_plane_i,  // two's complement: first plane
  input  logic                                     clear_i,  // first word of the tile
  input  logic                                     shift_i,  // first word of a later plane
  input  logic                                     stationary_i,
  input  logic                                     plane_first_i,  // most significant
  input  logic                                     plane_last_i,   // least significant
  input  logic [Lanes*absim_pkg::OPERAND_BITS-1:0] act_i,     // signed, lane 0 in the low bits
  input  logic [Lanes-1:0]                         weight_i,  // bit j for lane j
  output logic [absim_pkg::ACC_BITS-1:0]           acc_o      // signed
);
  localparam int unsigned InBits   = absim_pkg::OPERAND_BITS;
  localparam int unsigned AccBits  = absim_pkg::ACC_BITS;
  localparam int unsigned SumBits  = InBits + $clog2(Lanes + 1);
  localparam int unsigned PartBits = SumBits + 8;

  if (Lanes < 1 || Lanes > 255) begin : gen_bad_lanes
    $error("Lanes must be 1..255");
  end

  // A lane adds a, or -a as ~a + 1, or nothing; the sign plane's sum is negated as a whole.
  logic [Lanes-1:0]   used, minus;
  logic [SumBits-1:0] lane_sum, sum;

  assign used  = twos_complement_i ? weight_i : '1;
  assign minus = twos_complement_i ? '0 : ~weight_i;

  always_comb begin
    lane_sum = '0;
    for (int unsigned j = 0; j < Lanes; j++) begin
      lane_sum = lane_sum + SumBits'(minus[j]) +
                 ((SumBits'($signed(act_i[j*InBits +: InBits])) ^ {SumBits{minus[j]}}) &
                  {SumBits{used[j]}});
    end
  end

  assign sum = (twos_complement_i && sign_plane_i) ? -lane_sum : lane_sum;

  logic [PartBits-2:0] part_q;  // of all planes but the last: one bit less
  logic [PartBits-1:0] part_base, part_new;
  logic [AccBits-1:0]  acc_d, acc_q, acc_base, addend;
  logic                acc_en;

  assign part_base = plane_first_i ? '0 : {part_q, 1'b0};
  assign part_new  = part_base + PartBits'($signed(sum));

  assign acc_en   = en_i && (!stationary_i || plane_last_i);
  assign addend   = stationary_i ? AccBits'($signed(part_new)) : AccBits'($signed(sum));
  assign acc_base = clear_i ? '0 : shift_i ? {acc_q[AccBits-2:0], 1'b0} : acc_q;
  assign acc_d    = acc_base + addend;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      part_q <= '0;
      acc_q  <= '0;
    end else begin
      if (en_i && stationary_i) part_q <= part_new[PartBits-2:0];
      if (acc_en) acc_q <= acc_d;
    end
  end

  assign acc_o = acc_q;
endmodule
