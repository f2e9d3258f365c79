// SPDX-License-Identifier: Apache-2.0
// Tile walker: finds the kernel origin (map coordinates and bank index) of every output pixel of
// a tile, one row of the array a cycle, one tile ahead of the sequencer. Tiles follow in raster
// order through the strip, once for every column group.
//
// Cycles: started in cycle x, it writes row i of the first tile in x + 1 + i; the tile is valid
// from x + rows + 1 on. Loaded in cycle c, it writes the next tile's rows from c + 1 on.
`include "absim_assert.svh"

module absim_tile_walker #(
  parameter int unsigned Rows  = 8,  // 1..255
  parameter int unsigned Cols  = 8,  // 1..255
  parameter int unsigned Banks = 8   // 1..255
) (
  input  logic                                  clk_i,
  input  logic                                  rst_ni,
  input  logic                                  start_i,  // a new job begins; only when idle
  input  absim_pkg::job_t                       job_i,    // from the cycle of start_i on
  // Tile
  output logic                                  tile_valid_o,
  input  logic                                  tile_load_i,   // only while tile_valid_o
  output logic [absim_pkg::COUNT_BITS-1:0]      tile_rows_o,   // valid rows; the others are stale
  output logic [absim_pkg::COUNT_BITS-1:0]      tile_cols_o,   // valid columns
  output logic                                  group_last_o,  // last tile of its column group
  output logic                                  job_last_o,    // last tile of the job
  output logic [Rows*absim_pkg::COORD_BITS-1:0] row_y_o,       // signed
  output logic [Rows*absim_pkg::COORD_BITS-1:0] row_x_o,       // signed
  output logic [Rows*absim_pkg::ADDR_BITS-1:0]  row_quotient_o,   // signed
  output logic [Rows*absim_pkg::COUNT_BITS-1:0] row_remainder_o
);
  localparam int unsigned CoordBits = absim_pkg::COORD_BITS;
  localparam int unsigned QuoBits   = absim_pkg::ADDR_BITS;
  localparam int unsigned RemBits   = absim_pkg::COUNT_BITS;
  localparam int unsigned RowBits   = absim_pkg::COUNT_BITS;

  if (Rows < 1 || Rows > 255) begin : gen_bad_rows
    $error("Rows must be 1..255");
  end

  // Where the walk stands
  logic                 filling_d, filling_q, valid_d, valid_q;
  logic [RowBits-1:0]   row_d, row_q;      // row to be written
  logic [15:0]          tile_d, tile_q;    // in the strip
  logic [15:0]          group_d, group_q;
  logic [15:0]          out_x_d, out_x_q;  // pixel in its row of the output map
  logic [CoordBits-1:0] y_d, y_q, x_d, x_q;
  logic [QuoBits-1:0]   quo_d, quo_q;
  logic [RemBits-1:0]   rem_d, rem_q;

  logic               tile_last, row_last, restart;
  logic [RowBits-1:0] rows;

  assign tile_last = (tile_q == job_i.tiles - 16'd1);
  assign rows      = tile_last ? job_i.last_rows : RowBits'(Rows);
  assign row_last  = (row_q == rows - RowBits'(1));

  assign tile_valid_o = valid_q;
  assign tile_rows_o  = rows;
  assign group_last_o = tile_last;
  assign job_last_o   = tile_last && (group_q == job_i.column_groups - 16'd1);
  assign tile_cols_o  = (group_q == job_i.column_groups - 16'd1) ? job_i.last_cols : RowBits'(Cols);

  // Control
  assign restart   = start_i || (tile_load_i && tile_last);  // at the strip's first pixel
  assign filling_d = start_i || (tile_load_i && !job_last_o) || (filling_q && !row_last);
  assign valid_d   = (filling_q && row_last) || (valid_q && !tile_load_i);
  assign row_d     = filling_q && !row_last ? row_q + RowBits'(1) : '0;
  assign tile_d    = restart ? '0 : tile_load_i ? tile_q + 16'd1 : tile_q;
  assign group_d   = start_i ? '0 : (tile_load_i && tile_last) ? group_q + 16'd1 : group_q;

  // The next pixel; the strip's first one at the start of a column group
  logic                 wrap;  // the pixel is the last of its row of the output map
  logic [QuoBits-1:0]   next_quo;
  logic [RemBits-1:0]   next_rem;
  logic [CoordBits-1:0] stride;

  assign wrap    = (out_x_q == job_i.out_width - 16'd1);
  assign stride  = CoordBits'(job_i.stride);

  absim_bank_add #(
    .Banks(Banks)
  ) u_step (
    .a_q_i  (quo_q),
    .a_r_i  (rem_q),
    .b_q_i  (wrap ? job_i.step_row_q : job_i.step_x_q),
    .b_r_i  (wrap ? job_i.step_row_r : job_i.step_x_r),
    .sum_q_o(next_quo),
    .sum_r_o(next_rem)
  );

  always_comb begin
    out_x_d = out_x_q;
    y_d     = y_q;
    x_d     = x_q;
    quo_d   = quo_q;
    rem_d   = rem_q;
    if (restart) begin
      out_x_d = '0;
      y_d     = job_i.first_y;
      x_d     = job_i.first_x;
      quo_d   = job_i.base_q;
      rem_d   = job_i.base_r;
    end else if (filling_q) begin
      out_x_d = wrap ? '0 : out_x_q + 16'd1;
      y_d     = wrap ? y_q + stride : y_q;
      x_d     = wrap ? job_i.first_x : x_q + stride;
      quo_d   = next_quo;
      rem_d   = next_rem;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      filling_q <= 1'b0;
      valid_q   <= 1'b0;
      row_q     <= '0;
      tile_q    <= '0;
      group_q   <= '0;
      out_x_q   <= '0;
      y_q       <= '0;
      x_q       <= '0;
      quo_q     <= '0;
      rem_q     <= '0;
    end else begin
      filling_q <= filling_d;
      valid_q   <= valid_d;
      row_q     <= row_d;
      tile_q    <= tile_d;
      group_q   <= group_d;
      out_x_q   <= out_x_d;
      y_q       <= y_d;
      x_q       <= x_d;
      quo_q     <= quo_d;
      rem_q     <= rem_d;
    end
  end

  // The tile's rows
  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic write;
    assign write = filling_q && (row_q == RowBits'(r));
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        row_y_o[r*CoordBits +: CoordBits]     <= '0;
        row_x_o[r*CoordBits +: CoordBits]     <= '0;
        row_quotient_o[r*QuoBits +: QuoBits]  <= '0;
        row_remainder_o[r*RemBits +: RemBits] <= '0;
      end else if (write) begin
        row_y_o[r*CoordBits +: CoordBits]     <= y_q;
        row_x_o[r*CoordBits +: CoordBits]     <= x_q;
        row_quotient_o[r*QuoBits +: QuoBits]  <= quo_q;
        row_remainder_o[r*RemBits +: RemBits] <= rem_q;
      end
    end
  end

  `ABSIM_ASSERT(StartsOnlyWhenIdle, start_i |-> !filling_q && !valid_q)
  `ABSIM_ASSERT(LoadsOnlyValidTile, tile_load_i |-> valid_q)
endmodule
