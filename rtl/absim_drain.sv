// SPDX-License-Identifier: Apache-2.0
// Drain: holds one finished tile and sends its valid rows and columns to post-processing, pixel
// by pixel, in beats of PostLanes channels.
//
// Cycles: captures a result when it is empty or sends the last beat of its tile; beats follow
// from the next cycle on, one a cycle, rows * ceil(cols / PostLanes) of them. A beat waits for
// the param slot, for the residual slot if the job has a residual, and for an out slot, which the
// job's first beat claims.
// A beat is sent without a ready: the claimed slot has room for all beats of the job.
`include "absim_assert.svh"

module absim_drain #(
  parameter int unsigned Rows      = 8,  // 1..255
  parameter int unsigned Cols      = 8,  // 1..255
  parameter int unsigned PostLanes = 8,  // 1..Cols
  parameter int unsigned AccBits   = absim_pkg::ACC_BITS
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  // Result of the array and its tag
  input  logic                                     result_valid_i,
  output logic                                     result_capture_o,
  input  logic [Rows*Cols*AccBits-1:0] result_i,  // row-major
  input  absim_pkg::tag_t                          tag_i,     // of that result
  output logic                                     holds_o,   // a tile
  // Param buffer: one word for each beat of a pixel, column groups one after the other
  input  logic                                     param_full_i,
  output logic [absim_pkg::ADDR_BITS-1:0]          param_addr_o,
  output logic                                     param_release_o,
  // Residual buffer: one word a beat
  input  logic                                     residual_full_i,
  output logic [absim_pkg::ADDR_BITS-1:0]          residual_addr_o,
  output logic                                     residual_release_o,
  // Out buffer
  input  logic                                     out_busy_i,
  output logic                                     out_claim_o,
  // Beats
  output logic                                     beat_valid_o,
  output logic                                     beat_last_o,  // last of the job
  output logic                                     beat_has_residual_o,
  output absim_pkg::postproc_t                     beat_postproc_o,
  output logic [PostLanes*AccBits-1:0] beat_acc_o
);
  localparam int unsigned AddrBits = absim_pkg::ADDR_BITS;
  localparam int unsigned RowBits  = absim_pkg::COUNT_BITS;
  localparam int unsigned ColBits  = absim_pkg::COUNT_BITS + 1;

  if (PostLanes < 1 || PostLanes > Cols) begin : gen_bad_post_lanes
    $error("PostLanes must be 1..Cols");
  end

  logic                         busy_d, busy_q;
  logic [Rows*Cols*AccBits-1:0] tile_q;
  absim_pkg::tag_t              tag_q;
  logic [RowBits-1:0]           row_d, row_q;
  logic [ColBits-1:0]           col_d, col_q;  // column of the beat's lane 0
  logic                         claimed_d, claimed_q;  // the job has its out slot
  logic [AddrBits-1:0]          param_d, param_q, param_base_d, param_base_q;
  logic [AddrBits-1:0]          residual_d, residual_q;

  logic beat, pixel_last, tile_last, job_last;

  assign beat = busy_q && param_full_i && (!tag_q.has_residual || residual_full_i) &&
                (claimed_q || !out_busy_i);
  assign pixel_last = (col_q + ColBits'(PostLanes) >= {1'b0, tag_q.cols});
  assign tile_last  = pixel_last && (row_q == tag_q.rows - RowBits'(1));
  assign job_last   = tile_last && tag_q.job_last;

  assign holds_o          = busy_q;
  assign result_capture_o = result_valid_i && (!busy_q || (beat && tile_last));

  assign busy_d    = result_capture_o || (busy_q && !(beat && tile_last));
  assign col_d     = !beat ? col_q : pixel_last ? '0 : col_q + ColBits'(PostLanes);
  assign row_d     = !(beat && pixel_last) ? row_q : tile_last ? '0 : row_q + RowBits'(1);
  assign claimed_d = beat ? !job_last : claimed_q;

  // Parameters: again for every pixel, on to the next column group after the last tile of one
  assign param_base_d = !(beat && tile_last && tag_q.group_last) ? param_base_q
                      : tag_q.job_last ? '0 : param_q + AddrBits'(1);
  assign param_d      = !beat ? param_q : pixel_last ? param_base_d : param_q + AddrBits'(1);
  assign residual_d   = !(beat && tag_q.has_residual) ? residual_q
                      : job_last ? '0 : residual_q + AddrBits'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q       <= 1'b0;
      tile_q       <= '0;
      tag_q        <= '0;
      row_q        <= '0;
      col_q        <= '0;
      claimed_q    <= 1'b0;
      param_q      <= '0;
      param_base_q <= '0;
      residual_q   <= '0;
    end else begin
      busy_q <= busy_d;
      if (result_capture_o) begin
        tile_q <= result_i;
        tag_q  <= tag_i;
      end
      row_q        <= row_d;
      col_q        <= col_d;
      claimed_q    <= claimed_d;
      param_q      <= param_d;
      param_base_q <= param_base_d;
      residual_q   <= residual_d;
    end
  end

  assign param_addr_o       = param_q;
  assign param_release_o    = beat && job_last && tag_q.param_release;
  assign residual_addr_o    = residual_q;
  assign residual_release_o = beat && job_last && tag_q.has_residual;
  assign out_claim_o        = beat && !claimed_q;

  // Beat: the row's accumulators, then PostLanes of its columns
  logic [Cols*AccBits-1:0] row;
  assign row = tile_q[32'(row_q) * (Cols*AccBits) +: Cols*AccBits];

  for (genvar l = 0; l < PostLanes; l++) begin : gen_lane
    logic [ColBits-1:0] col;
    assign col = col_q + ColBits'(l);
    assign beat_acc_o[l*AccBits +: AccBits] =
        (32'(col) < Cols) ? row[32'(col) * AccBits +: AccBits] : '0;
  end

  assign beat_valid_o        = beat;
  assign beat_last_o         = job_last;
  assign beat_has_residual_o = tag_q.has_residual;
  assign beat_postproc_o     = tag_q.postproc;

  `ABSIM_ASSERT(CapturedTileFits,
                result_capture_o |-> tag_i.rows >= 8'd1 && 32'(tag_i.rows) <= Rows &&
                                     tag_i.cols >= 8'd1 && 32'(tag_i.cols) <= Cols)
  `ABSIM_ASSERT(ResultHeld, result_valid_i && !result_capture_o |=> result_valid_i)
endmodule
