// SPDX-License-Identifier: Apache-2.0
// Load buffer of two slots: one is filled word by word while the other is used. Instances hold
// weights, parameters and residuals.
//
// Cycles: one word a cycle on either side; a slot is full from the cycle after its last word on; a
// release in cycle c frees the slot from c + 1 on and gives a credit pulse in c + 1.
// Fill words go to addresses 0, 1, 2 and on of the slot; the use side reads at any address.
`include "absim_assert.svh"

module absim_slot_buffer #(
  parameter int unsigned Width = 16,  // bits of a word
  parameter int unsigned Depth = 16   // words of a slot, 1..2^20
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  // Fill side
  input  logic                             fill_valid_i,
  output logic                             fill_ready_o,
  input  logic                             fill_last_i,  // last word of the slot
  input  logic [Width-1:0]                 fill_data_i,
  // Use side
  output logic                             full_o,
  input  logic [absim_pkg::ADDR_BITS-1:0]  addr_i,
  output logic [Width-1:0]                 data_o,
  input  logic                             release_i,
  // To the DMA
  output logic                             credit_o
);
  localparam int unsigned AddrBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned FillBits = $clog2(Depth + 1);

  if (Depth < 1 || Depth > (1 << absim_pkg::ADDR_BITS)) begin : gen_bad_depth
    $error("Depth must be 1..2^20");
  end

  logic                fill_slot, use_slot, fill;
  logic [FillBits-1:0] fill_addr_d, fill_addr_q;

  assign fill        = fill_valid_i && fill_ready_o;
  assign fill_addr_d = !fill ? fill_addr_q : fill_last_i ? '0 : fill_addr_q + FillBits'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fill_addr_q <= '0;
    else         fill_addr_q <= fill_addr_d;
  end

  absim_slot_flags u_flags (
    .clk_i,
    .rst_ni,
    .fill_done_i (fill && fill_last_i),
    .fill_slot_o (fill_slot),
    .fill_ready_o(fill_ready_o),
    .use_slot_o  (use_slot),
    .full_o      (full_o),
    .release_i   (release_i),
    .credit_o    (credit_o)
  );

  logic [2*Width-1:0] rdata;

  for (genvar s = 0; s < 2; s++) begin : gen_slot
    logic we;
    assign we = fill && (fill_slot == 1'(s));
    absim_ram #(
      .Width(Width),
      .Depth(Depth)
    ) u_ram (
      .clk_i,
      .we_i   (we),
      .addr_i (we ? fill_addr_q[AddrBits-1:0] : addr_i[AddrBits-1:0]),
      .wdata_i(fill_data_i),
      .rdata_o(rdata[s*Width +: Width])
    );
  end

  assign data_o = use_slot ? rdata[Width +: Width] : rdata[0 +: Width];

  if (AddrBits < absim_pkg::ADDR_BITS) begin : gen_unused
    logic unused_addr;
    assign unused_addr = ^addr_i[absim_pkg::ADDR_BITS-1:AddrBits];
  end

  `ABSIM_ASSERT(FillFitsSlot, fill |-> 32'(fill_addr_q) < Depth)
  `ABSIM_ASSERT(FillStable,
                fill_valid_i && !fill_ready_o |=> fill_valid_i && $stable(fill_last_i))
endmodule
