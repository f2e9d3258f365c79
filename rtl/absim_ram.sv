// SPDX-License-Identifier: Apache-2.0
// One memory with a single port: a word is written or read in a cycle, never both.
//
// Cycles: read combinationally; the address comes from registers, as an SRAM with an address
// register.
// Not reset: a word is undefined until it is written.
module absim_ram #(
  parameter int unsigned Width = 8,   // bits
  parameter int unsigned Depth = 16,  // words, >= 1
  localparam int unsigned AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                we_i,
  input  logic [AddrBits-1:0] addr_i,  // 0..Depth-1 while we_i
  input  logic [Width-1:0]    wdata_i,
  output logic [Width-1:0]    rdata_o
);
  if (Depth < 1 || Width < 1) begin : gen_bad_size
    $error("Depth and Width must be at least 1");
  end

  logic [Width-1:0] mem [Depth];

  always_ff @(posedge clk_i) begin
    if (we_i) mem[addr_i] <= wdata_i;
  end

  assign rdata_o = mem[addr_i];
endmodule
