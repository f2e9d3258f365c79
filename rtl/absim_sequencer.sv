// SPDX-License-Identifier: Apache-2.0
// Sequencer: takes a job descriptor and emits its steps (operands) and tile tags. Inside a tile
// the steps run over planes (progressive only, most significant first), ky, kx and, innermost,
// chunks.
//
// Cycles: a descriptor taken in cycle x starts the tile walker in x + 1. A tile is loaded in the
// cycle in which the walker's tile is valid and no tile is loaded or the loaded tile's last step
// is handed over; its tag is pushed in that cycle, its steps are offered from the next one on,
// one a handshake. After the job's last step, the next descriptor may be taken from the next
// cycle on.
`include "absim_assert.svh"

module absim_sequencer #(
  parameter int unsigned Rows  = 8,  // 1..255
  parameter int unsigned Cols  = 8,  // 1..255
  parameter int unsigned Banks = 8   // 1..255
) (
  input  logic                                  clk_i,
  input  logic                                  rst_ni,
  // Jobs
  input  logic                                  job_valid_i,
  output logic                                  job_ready_o,
  input  absim_pkg::job_t                       job_i,
  // Steps
  output logic                                  step_valid_o,
  input  logic                                  step_ready_i,
  output absim_pkg::step_t                      step_o,
  output logic                                  step_release_o,  // the act slot, after this step
  output logic [Rows-1:0]                       step_need_o,     // row lies in the map
  output logic [Rows*absim_pkg::COUNT_BITS-1:0] step_bank_o,
  output logic [Rows*absim_pkg::ADDR_BITS-1:0]  step_addr_o,     // word in the bank
  // Tile tags; there is always room for them
  output logic                                  tag_valid_o,
  output absim_pkg::tag_t                       tag_o
);
  localparam int unsigned CoordBits = absim_pkg::COORD_BITS;
  localparam int unsigned QuoBits   = absim_pkg::ADDR_BITS;
  localparam int unsigned AddrBits  = absim_pkg::ADDR_BITS;
  localparam int unsigned RemBits   = absim_pkg::COUNT_BITS;
  localparam int unsigned KerBits   = absim_pkg::COUNT_BITS;
  localparam int unsigned SumBits   = CoordBits + 1;

  // Job
  logic            active_d, active_q, start;
  absim_pkg::job_t job_d, job_q;

  assign job_ready_o = !active_q;
  assign start       = job_valid_i && job_ready_o;
  assign job_d       = start ? job_i : job_q;

  // Tile walker, one tile ahead
  logic                      tile_valid, tile_load, tile_group_last, tile_job_last;
  logic [RemBits-1:0]        tile_rows, tile_cols;
  logic [Rows*CoordBits-1:0] tile_y, tile_x;
  logic [Rows*QuoBits-1:0]   tile_quo;
  logic [Rows*RemBits-1:0]   tile_rem;

  absim_tile_walker #(
    .Rows (Rows),
    .Cols (Cols),
    .Banks(Banks)
  ) u_walker (
    .clk_i,
    .rst_ni,
    .start_i        (start),
    .job_i          (job_d),
    .tile_valid_o   (tile_valid),
    .tile_load_i    (tile_load),
    .tile_rows_o    (tile_rows),
    .tile_cols_o    (tile_cols),
    .group_last_o   (tile_group_last),
    .job_last_o     (tile_job_last),
    .row_y_o        (tile_y),
    .row_x_o        (tile_x),
    .row_quotient_o (tile_quo),
    .row_remainder_o(tile_rem)
  );

  // Loaded tile
  logic                      loaded_d, loaded_q;
  logic                      group_last_q, job_last_q;
  logic [RemBits-1:0]        rows_q;
  logic [Rows*CoordBits-1:0] y_q, x_q;
  logic [Rows*QuoBits-1:0]   quo_q;
  logic [Rows*RemBits-1:0]   rem_q;

  // Step in the tile
  logic [3:0]          plane_d, plane_q;
  logic [KerBits-1:0]  ky_d, ky_q, kx_d, kx_q;
  logic [15:0]         chunk_d, chunk_q;
  logic                first_d, first_q;    // of the tile
  logic                window_d, window_q;  // first of its plane
  logic [QuoBits-1:0]  ker_quo_d, ker_quo_q;  // kernel position relative to the kernel's origin
  logic [RemBits-1:0]  ker_rem_d, ker_rem_q;
  logic [AddrBits-1:0] chunk_addr_d, chunk_addr_q;    // chunk * plane_words
  logic [AddrBits-1:0] weight_d, weight_q;            // weight word of the step
  logic [AddrBits-1:0] window_base_d, window_base_q;  // weight word of the plane's first step
  logic [AddrBits-1:0] group_base_d, group_base_q;    // weight word of the group's first step

  logic step;  // handed over in this cycle
  logic chunk_last, kx_last, ky_last, plane_last, kernel_end, row_end, window_end, tile_end;

  assign step       = loaded_q && step_ready_i;
  assign chunk_last = (chunk_q == job_q.chunks - 16'd1);
  assign kx_last    = (kx_q == job_q.kernel_w - KerBits'(1));
  assign ky_last    = (ky_q == job_q.kernel_h - KerBits'(1));
  assign plane_last = job_q.stationary || (plane_q == job_q.planes - 4'd1);
  assign kernel_end = chunk_last;
  assign row_end    = kernel_end && kx_last;
  assign window_end = row_end && ky_last;
  assign tile_end   = window_end && plane_last;

  assign tile_load = tile_valid && (!loaded_q || (step && tile_end));
  assign loaded_d  = tile_load || (loaded_q && !(step && tile_end));
  assign active_d  = start || (active_q && !(step && tile_end && job_last_q));

  // Counters
  assign first_d  = tile_load || (first_q && !step);
  assign window_d = tile_load || (step ? window_end : window_q);
  assign chunk_d  = !step ? chunk_q : kernel_end ? '0 : chunk_q + 16'd1;
  assign kx_d     = !(step && kernel_end) ? kx_q : kx_last ? '0 : kx_q + KerBits'(1);
  assign ky_d     = !(step && row_end) ? ky_q : ky_last ? '0 : ky_q + KerBits'(1);
  assign plane_d  = !(step && window_end) ? plane_q : plane_last ? '0 : plane_q + 4'd1;

  assign chunk_addr_d = !step ? chunk_addr_q : kernel_end ? '0 : chunk_addr_q + job_q.plane_words;

  // Kernel position as a bank index
  logic [QuoBits-1:0] ker_next_quo;
  logic [RemBits-1:0] ker_next_rem;

  absim_bank_add #(
    .Banks(Banks)
  ) u_kernel (
    .a_q_i  (ker_quo_q),
    .a_r_i  (ker_rem_q),
    .b_q_i  (kx_last ? job_q.kernel_row_q : job_q.kernel_x_q),
    .b_r_i  (kx_last ? job_q.kernel_row_r : job_q.kernel_x_r),
    .sum_q_o(ker_next_quo),
    .sum_r_o(ker_next_rem)
  );

  assign ker_quo_d = !(step && kernel_end) ? ker_quo_q : window_end ? '0 : ker_next_quo;
  assign ker_rem_d = !(step && kernel_end) ? ker_rem_q : window_end ? '0 : ker_next_rem;

  // Weight words in order of use: on and on; back to the group's first word for its next tile, to
  // the plane's first word at each kernel position of a shared kernel, to 0 at a segment's end.
  logic [AddrBits-1:0] weight_next;
  logic                segment_end;

  assign weight_next = weight_q + (job_q.stationary ? AddrBits'(job_q.planes) : AddrBits'(1));
  assign segment_end = job_q.weight_streamed && (weight_next == job_q.segment_words);

  always_comb begin
    weight_d      = weight_q;
    window_base_d = window_base_q;
    group_base_d  = group_base_q;
    if (start) begin
      weight_d      = '0;
      window_base_d = '0;
      group_base_d  = '0;
    end else if (step) begin
      if (segment_end || (tile_end && job_q.weight_streamed)) weight_d = '0;
      else if (tile_end && !group_last_q)                     weight_d = group_base_q;
      else if (job_q.shared_kernel && kernel_end && !window_end) weight_d = window_base_q;
      else                                                    weight_d = weight_next;
      if (window_end)               window_base_d = weight_d;
      if (tile_end && group_last_q) group_base_d  = weight_d;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q      <= 1'b0;
      job_q         <= '0;
      loaded_q      <= 1'b0;
      group_last_q  <= 1'b0;
      job_last_q    <= 1'b0;
      rows_q        <= '0;
      y_q           <= '0;
      x_q           <= '0;
      quo_q         <= '0;
      rem_q         <= '0;
      first_q       <= 1'b0;
      window_q      <= 1'b0;
      plane_q       <= '0;
      ky_q          <= '0;
      kx_q          <= '0;
      chunk_q       <= '0;
      ker_quo_q     <= '0;
      ker_rem_q     <= '0;
      chunk_addr_q  <= '0;
      weight_q      <= '0;
      window_base_q <= '0;
      group_base_q  <= '0;
    end else begin
      active_q <= active_d;
      job_q    <= job_d;
      loaded_q <= loaded_d;
      if (tile_load) begin
        group_last_q <= tile_group_last;
        job_last_q   <= tile_job_last;
        rows_q       <= tile_rows;
        y_q          <= tile_y;
        x_q          <= tile_x;
        quo_q        <= tile_quo;
        rem_q        <= tile_rem;
      end
      first_q       <= first_d;
      window_q      <= window_d;
      plane_q       <= plane_d;
      ky_q          <= ky_d;
      kx_q          <= kx_d;
      chunk_q       <= chunk_d;
      ker_quo_q     <= ker_quo_d;
      ker_rem_q     <= ker_rem_d;
      chunk_addr_q  <= chunk_addr_d;
      weight_q      <= weight_d;
      window_base_q <= window_base_d;
      group_base_q  <= group_base_d;
    end
  end

  // Step
  assign step_valid_o   = loaded_q;
  assign step_release_o = tile_end && job_last_q && job_q.act_release;

  always_comb begin
    step_o                 = '0;
    step_o.first           = first_q;
    step_o.last            = tile_end;
    step_o.shift           = window_q && !first_q;
    step_o.sign_plane      = (plane_q == '0);
    step_o.stationary      = job_q.stationary;
    step_o.twos_complement = job_q.twos_complement;
    step_o.act_signed      = job_q.act_signed;
    step_o.planes          = job_q.planes;
    step_o.weight_addr     = weight_q;
    step_o.weight_release  = job_q.weight_streamed ? segment_end || tile_end
                                                   : tile_end && job_last_q && job_q.weight_release;
  end

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic [SumBits-1:0] y, x;
    logic               y_inside, x_inside;
    logic [QuoBits-1:0] quo;

    assign y = SumBits'($signed(y_q[r*CoordBits +: CoordBits])) + SumBits'(ky_q);
    assign x = SumBits'($signed(x_q[r*CoordBits +: CoordBits])) + SumBits'(kx_q);
    assign y_inside = !y[SumBits-1] && (y < SumBits'(job_q.in_height));
    assign x_inside = !x[SumBits-1] && (x < SumBits'(job_q.in_width));
    assign step_need_o[r] = (rows_q > RemBits'(r)) && y_inside && x_inside;

    absim_bank_add #(
      .Banks(Banks)
    ) u_address (
      .a_q_i  (quo_q[r*QuoBits +: QuoBits]),
      .a_r_i  (rem_q[r*RemBits +: RemBits]),
      .b_q_i  (ker_quo_q),
      .b_r_i  (ker_rem_q),
      .sum_q_o(quo),
      .sum_r_o(step_bank_o[r*RemBits +: RemBits])
    );

    assign step_addr_o[r*AddrBits +: AddrBits] = quo + chunk_addr_q;
  end

  // Tag
  assign tag_valid_o = tile_load;

  always_comb begin
    tag_o                           = '0;
    tag_o.rows                      = tile_rows;
    tag_o.cols                      = tile_cols;
    tag_o.group_last                = tile_group_last;
    tag_o.job_last                  = tile_job_last;
    tag_o.param_release             = job_q.param_release;
    tag_o.has_residual              = job_q.has_residual;
    tag_o.postproc.emits_activation = job_q.emits_activation;
    tag_o.postproc.out_kind         = job_q.out_kind;
    tag_o.postproc.shift            = job_q.shift;
    tag_o.postproc.act_shift        = job_q.act_shift;
    tag_o.postproc.residual_gain    = job_q.residual_gain;
    tag_o.postproc.relu              = job_q.relu;
    tag_o.postproc.rounding          = job_q.rounding;
    tag_o.postproc.out_exponent      = job_q.out_exponent;
    tag_o.postproc.residual_exponent = job_q.residual_exponent;
    tag_o.postproc.offset_shift      = job_q.offset_shift;
  end

  `ABSIM_ASSERT(JobStable, job_valid_i && !job_ready_o |=> job_valid_i && $stable(job_i))
  `ABSIM_ASSERT(JobPlanesInRange, start |-> job_i.planes >= 4'd1 && job_i.planes <= 4'd8)
  `ABSIM_ASSERT(JobTileInRange,
                start |-> job_i.last_rows >= 8'd1 && 32'(job_i.last_rows) <= Rows &&
                          job_i.last_cols >= 8'd1 && 32'(job_i.last_cols) <= Cols)
  `ABSIM_ASSERT(JobLoopsNotEmpty,
                start |-> job_i.column_groups != '0 && job_i.tiles != '0 && job_i.out_width != '0 &&
                          job_i.kernel_h != '0 && job_i.kernel_w != '0 && job_i.chunks != '0)
  `ABSIM_ASSERT(JobEmitsActivationFromS16,
                start && job_i.emits_activation |-> job_i.out_kind != absim_pkg::OUT_S32)
endmodule
