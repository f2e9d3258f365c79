// SPDX-License-Identifier: Apache-2.0
// State of a load buffer's two slots: which one is filled, which one is used, which are full.
//
// Cycles: a fill or release in cycle c shows from c + 1 on; the credit is a pulse in c + 1.
`include "absim_assert.svh"

module absim_slot_flags (
  input  logic clk_i,
  input  logic rst_ni,
  // Fill side
  input  logic fill_done_i,   // the slot's last word is written in this cycle
  output logic fill_slot_o,
  output logic fill_ready_o,  // the slot under the fill pointer is not full
  // Use side
  output logic use_slot_o,
  output logic full_o,     // the slot under the use pointer is full
  input  logic release_i,  // only while full_o
  output logic credit_o    // a slot was released in the last cycle
);
  logic [1:0] full_d, full_q;
  logic       fill_d, fill_q, use_d, use_q;
  logic       credit_q;

  assign fill_slot_o  = fill_q;
  assign fill_ready_o = !full_q[fill_q];
  assign use_slot_o   = use_q;
  assign full_o       = full_q[use_q];
  assign credit_o     = credit_q;

  assign fill_d = fill_q ^ fill_done_i;
  assign use_d  = use_q ^ release_i;

  // A full slot is never filled and an empty one never released, so no bit is set and cleared at
  // once.
  assign full_d[0] = (full_q[0] || (fill_done_i && !fill_q)) && !(release_i && !use_q);
  assign full_d[1] = (full_q[1] || (fill_done_i && fill_q)) && !(release_i && use_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      full_q   <= 2'b00;
      fill_q   <= 1'b0;
      use_q    <= 1'b0;
      credit_q <= 1'b0;
    end else begin
      full_q   <= full_d;
      fill_q   <= fill_d;
      use_q    <= use_d;
      credit_q <= release_i;
    end
  end

  `ABSIM_ASSERT(FillsOnlyFreeSlot, fill_done_i |-> fill_ready_o)
  `ABSIM_ASSERT(ReleasesOnlyFullSlot, release_i |-> full_o)
endmodule
