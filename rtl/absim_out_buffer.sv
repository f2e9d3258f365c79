// SPDX-License-Identifier: Apache-2.0
// Out buffer: two slots of finished beats. The drain claims a slot, post-processing writes it,
// the store stream empties it.
//
// Cycles: a slot is busy from the cycle after its claim to the store's last word; it is full, and
// its words are offered, from the cycle after its last beat on. One word a cycle on either side.
`include "absim_assert.svh"

module absim_out_buffer #(
  parameter int unsigned Width = 40,  // bits of a word
  parameter int unsigned Depth = 16   // words of a slot, 1..2^20
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  // Claims
  output logic             busy_o,   // the slot that would be claimed next is not free
  input  logic             claim_i,  // only while !busy_o
  // Beats, in the order of the claims
  input  logic             valid_i,
  input  logic             last_i,  // the slot's last
  input  logic [Width-1:0] data_i,
  // Store stream
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic             out_last_o,  // the slot's last word
  output logic             filled_o,    // a slot became full in the last cycle
  output logic [Width-1:0] out_data_o
);
  localparam int unsigned AddrBits  = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned CountBits = $clog2(Depth + 1);

  if (Depth < 1 || Depth > (1 << absim_pkg::ADDR_BITS)) begin : gen_bad_depth
    $error("Depth must be 1..2^20");
  end

  logic [1:0]           busy_d, busy_q, full_d, full_q;
  logic                 claim_d, claim_q, write_d, write_q, read_d, read_q;  // slot pointers
  logic [CountBits-1:0] write_addr_d, write_addr_q, read_addr_d, read_addr_q;
  logic                 filled_q;
  logic [CountBits-1:0] last0_q, last1_q;  // address of the slot's last word

  logic write_last, read, read_last;

  assign write_last = valid_i && last_i;
  assign read       = out_valid_o && out_ready_i;
  assign read_last  = read && out_last_o;

  assign busy_o      = busy_q[claim_q];
  assign out_valid_o = full_q[read_q];
  assign out_last_o  = (read_addr_q == (read_q ? last1_q : last0_q));

  assign claim_d = claim_q ^ claim_i;
  assign write_d = write_q ^ write_last;
  assign read_d  = read_q ^ read_last;

  assign busy_d[0] = (busy_q[0] || (claim_i && !claim_q)) && !(read_last && !read_q);
  assign busy_d[1] = (busy_q[1] || (claim_i && claim_q)) && !(read_last && read_q);
  assign full_d[0] = (full_q[0] || (write_last && !write_q)) && !(read_last && !read_q);
  assign full_d[1] = (full_q[1] || (write_last && write_q)) && !(read_last && read_q);

  assign write_addr_d = !valid_i ? write_addr_q : last_i ? '0 : write_addr_q + CountBits'(1);
  assign read_addr_d  = !read ? read_addr_q : read_last ? '0 : read_addr_q + CountBits'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q       <= 2'b00;
      full_q       <= 2'b00;
      claim_q      <= 1'b0;
      write_q      <= 1'b0;
      read_q       <= 1'b0;
      filled_q     <= 1'b0;
      write_addr_q <= '0;
      read_addr_q  <= '0;
      last0_q      <= '0;
      last1_q      <= '0;
    end else begin
      busy_q       <= busy_d;
      full_q       <= full_d;
      claim_q      <= claim_d;
      write_q      <= write_d;
      read_q       <= read_d;
      filled_q     <= write_last;
      write_addr_q <= write_addr_d;
      read_addr_q  <= read_addr_d;
      if (write_last && !write_q) last0_q <= write_addr_q;
      if (write_last && write_q)  last1_q <= write_addr_q;
    end
  end

  logic [2*Width-1:0] rdata;

  for (genvar s = 0; s < 2; s++) begin : gen_slot
    logic we;
    assign we = valid_i && (write_q == 1'(s));
    absim_ram #(
      .Width(Width),
      .Depth(Depth)
    ) u_ram (
      .clk_i,
      .we_i   (we),
      .addr_i (we ? write_addr_q[AddrBits-1:0] : read_addr_q[AddrBits-1:0]),
      .wdata_i(data_i),
      .rdata_o(rdata[s*Width +: Width])
    );
  end

  assign filled_o   = filled_q;
  assign out_data_o = read_q ? rdata[Width +: Width] : rdata[0 +: Width];

  `ABSIM_ASSERT(ClaimsOnlyFreeSlot, claim_i |-> !busy_o)
  `ABSIM_ASSERT(WritesOnlyClaimedSlot, valid_i |-> busy_q[write_q] && !full_q[write_q])
  `ABSIM_ASSERT(BeatFitsSlot, valid_i |-> 32'(write_addr_q) < Depth)
  `ABSIM_ASSERT(OutStable,
                out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_last_o))
endmodule
