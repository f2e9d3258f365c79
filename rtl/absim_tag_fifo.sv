// SPDX-License-Identifier: Apache-2.0
// Tile tags from the sequencer to the drain, in order.
//
// Cycles: a tag pushed in cycle c shows from c + 1 on. At most 4 tiles are in flight (loaded, in
// fetch, in the array, in the drain), so the FIFO of 8 never fills and push needs no ready.
`include "absim_assert.svh"

module absim_tag_fifo #(
  parameter int unsigned Depth = 8  // >= 2
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            push_i,
  input  absim_pkg::tag_t tag_i,
  output logic            valid_o,
  output absim_pkg::tag_t tag_o,  // the oldest, while valid_o
  input  logic            pop_i   // only while valid_o
);
  localparam int unsigned TagBits   = absim_pkg::TAG_BITS;
  localparam int unsigned PtrBits   = $clog2(Depth);
  localparam int unsigned CountBits = $clog2(Depth + 1);

  if (Depth < 2) begin : gen_bad_depth
    $error("Depth must be at least 2");
  end

  logic [TagBits-1:0]   mem [Depth];
  logic [PtrBits-1:0]   write_d, write_q, read_d, read_q;
  logic [CountBits-1:0] count_d, count_q;

  assign write_d = !push_i ? write_q
                 : (write_q == PtrBits'(Depth - 1)) ? '0 : write_q + PtrBits'(1);
  assign read_d  = !pop_i ? read_q
                 : (read_q == PtrBits'(Depth - 1)) ? '0 : read_q + PtrBits'(1);
  assign count_d = count_q + CountBits'(push_i) - CountBits'(pop_i);

  always_ff @(posedge clk_i) begin
    if (push_i) mem[write_q] <= tag_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end else begin
      write_q <= write_d;
      read_q  <= read_d;
      count_q <= count_d;
    end
  end

  assign valid_o = (count_q != '0);
  assign tag_o   = mem[read_q];

  `ABSIM_ASSERT(NeverOverflows, push_i |-> count_q != CountBits'(Depth))
  `ABSIM_ASSERT(PopsOnlyTag, pop_i |-> valid_o)
endmodule
