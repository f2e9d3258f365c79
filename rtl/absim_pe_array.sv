// SPDX-License-Identifier: Apache-2.0
// Rows x Cols processing elements, output-stationary: every row has one output pixel's
// activations, every column one output channel's weight bits.
//
// Cycles: an operand takes 1 cycle (progressive) or `planes` cycles (stationary), one weight word
// each; it is taken in the last of them. Waits for the weight slot. A result is valid 1 + PeLatency
// cycles after its last step. A tile's first step waits until no result is left to be captured, or
// one that is captured in this cycle or will be as soon as it is valid, the drain being empty.
`include "absim_assert.svh"

module absim_pe_array #(
  parameter int unsigned Rows  = 8,   // 1..255
  parameter int unsigned Cols  = 8,   // 1..255
  parameter int unsigned Lanes = 16,  // 1..255
  parameter int unsigned PeKind  = absim_pkg::PE_ABS,
  parameter int unsigned PositN  = 8,  // posit: bits of a code
  parameter int unsigned PositEs = 1,  // posit: exponent bits
  parameter int unsigned ActBits    = absim_pkg::ACT_BITS,  // of an activation, as stored
  parameter int unsigned WeightBits = 1,
  parameter int unsigned AccBits    = absim_pkg::ACC_BITS
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  // Operand
  input  logic                                     operand_valid_i,
  output logic                                     operand_ready_o,  // taken in this cycle
  input  absim_pkg::step_t                         operand_step_i,
  input  logic [Rows*Lanes*ActBits-1:0]             operand_data_i,
  // Weights
  input  logic                                     weight_full_i,
  output logic [absim_pkg::ADDR_BITS-1:0]          weight_addr_o,
  input  logic [Cols*Lanes*WeightBits-1:0]         weight_data_i,  // field c * Lanes + j
  output logic                                     weight_release_o,
  // Result
  input  logic                                     drain_holds_i,  // a tile
  output logic                                     result_valid_o,
  input  logic                                     result_capture_i,  // only while result_valid_o
  output logic [Rows*Cols*AccBits-1:0]             result_o,  // row-major
  output logic                                     active_o   // the array worked in the last cycle
);
  localparam int unsigned InBits   = absim_pkg::OPERAND_BITS;
  localparam int unsigned AddrBits = absim_pkg::ADDR_BITS;
  // Of a PE beyond one cycle
  localparam int unsigned PeLatency =
      (PeKind == absim_pkg::PE_POSIT) ? 3 : (PeKind == absim_pkg::PE_DFP) ? 1 : 0;

  if (Rows < 1 || Rows > 255 || Cols < 1 || Cols > 255) begin : gen_bad_size
    $error("Rows and Cols must be 1..255");
  end

  logic [3:0] plane_d, plane_q;  // stationary: plane of this cycle
  logic       result_d, result_q, active_q;
  logic       work, plane_first, plane_last, done, room, finished, ripe;
  logic [1:0] pending_d, pending_q;  // results not captured yet: at most 2

  assign room = (pending_q == 2'd0) ||
                ((pending_q == 2'd1) && (result_capture_i || !drain_holds_i));
  assign work = operand_valid_i && weight_full_i && (!operand_step_i.first || room);
  assign plane_first = (plane_q == 4'd0);
  assign plane_last  = !operand_step_i.stationary || (plane_q == operand_step_i.planes - 4'd1);
  assign done        = work && plane_last;

  assign plane_d  = !work ? plane_q : plane_last ? 4'd0 : plane_q + 4'd1;

  // A tile's end goes through as many registers as its result.
  assign finished  = done && operand_step_i.last;
  assign result_d  = ripe || (result_q && !result_capture_i);
  assign pending_d = pending_q + 2'(finished) - 2'(result_capture_i);

  if (PeLatency == 0) begin : gen_ripe_now
    assign ripe = finished;
  end else begin : gen_ripe_later
    logic [PeLatency:0] stages;
    logic [PeLatency-1:0] stages_q;
    assign stages = {stages_q, finished};
    assign ripe   = stages_q[PeLatency-1];
    logic unused_top;
    assign unused_top = stages[PeLatency];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) stages_q <= '0;
      else         stages_q <= stages[PeLatency-1:0];
    end
  end

  assign operand_ready_o  = done;
  assign weight_addr_o    = operand_step_i.weight_addr + AddrBits'(plane_q);
  assign weight_release_o = done && operand_step_i.weight_release;
  assign result_valid_o   = result_q;
  assign active_o         = active_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      plane_q  <= 4'd0;
      result_q <= 1'b0;
      pending_q <= 2'd0;
      active_q <= 1'b0;
    end else begin
      plane_q  <= plane_d;
      result_q <= result_d;
      pending_q <= pending_d;
      active_q <= work;
    end
  end

  if (PeKind == absim_pkg::PE_ABS) begin : gen_abs
    logic sign_plane;
    assign sign_plane = operand_step_i.stationary ? plane_first : operand_step_i.sign_plane;

    for (genvar r = 0; r < Rows; r++) begin : gen_row
      logic [Lanes*InBits-1:0] act;
      for (genvar j = 0; j < Lanes; j++) begin : gen_extend
        logic [ActBits-1:0] code;
        assign code = operand_data_i[(r*Lanes + j)*ActBits +: ActBits];
        assign act[j*InBits +: InBits] = {operand_step_i.act_signed && code[ActBits-1], code};
      end
      for (genvar c = 0; c < Cols; c++) begin : gen_col
        absim_abs_pe #(
          .Lanes(Lanes)
        ) u_pe (
          .clk_i,
          .rst_ni,
          .en_i             (work),
          .twos_complement_i(operand_step_i.twos_complement),
          .sign_plane_i     (sign_plane),
          .clear_i          (operand_step_i.first),
          .shift_i          (operand_step_i.shift),
          .stationary_i     (operand_step_i.stationary),
          .plane_first_i    (plane_first),
          .plane_last_i     (plane_last),
          .act_i            (act),
          .weight_i         (weight_data_i[c*Lanes +: Lanes]),
          .acc_o            (result_o[(r*Cols + c)*AccBits +: AccBits])
        );
      end
    end
  end else begin : gen_parallel
    logic unused_step;  // what only bit-serial steps have
    assign unused_step = ^{operand_step_i.shift, operand_step_i.sign_plane, plane_first,
                           operand_step_i.twos_complement};
    if (PeKind == absim_pkg::PE_DFP) begin : gen_dfp
      for (genvar r = 0; r < Rows; r++) begin : gen_row
        logic [Lanes*InBits-1:0] act;
        for (genvar j = 0; j < Lanes; j++) begin : gen_extend
          logic [ActBits-1:0] code;
          assign code = operand_data_i[(r*Lanes + j)*ActBits +: ActBits];
          assign act[j*InBits +: InBits] = {operand_step_i.act_signed && code[ActBits-1], code};
        end
        for (genvar c = 0; c < Cols; c++) begin : gen_col
          absim_dfp_pe #(
            .Lanes(Lanes)
          ) u_pe (
            .clk_i,
            .rst_ni,
            .en_i    (work),
            .clear_i (operand_step_i.first),
            .act_i   (act),
            .weight_i(weight_data_i[c*Lanes*WeightBits +: Lanes*WeightBits]),
            .acc_o   (result_o[(r*Cols + c)*AccBits +: AccBits])
          );
        end
      end
    end else begin : gen_posit
      logic unused_signed;
      assign unused_signed = operand_step_i.act_signed;
      for (genvar r = 0; r < Rows; r++) begin : gen_row
        logic [Lanes*PositN-1:0] act;
        for (genvar j = 0; j < Lanes; j++) begin : gen_code
          assign act[j*PositN +: PositN] = operand_data_i[(r*Lanes + j)*ActBits +: PositN];
          if (ActBits > PositN) begin : gen_unused
            logic unused_act;
            assign unused_act = ^operand_data_i[(r*Lanes + j)*ActBits + PositN +: ActBits - PositN];
          end
        end
        for (genvar c = 0; c < Cols; c++) begin : gen_col
          logic unused_nar;  // no network holds a NaR
          absim_posit_pe #(
            .N        (PositN),
            .Es       (PositEs),
            .Lanes    (Lanes),
            .QuireBits(AccBits)
          ) u_pe (
            .clk_i,
            .rst_ni,
            .en_i    (work),
            .clear_i (operand_step_i.first),
            .act_i   (act),
            .weight_i(weight_data_i[c*Lanes*WeightBits +: Lanes*WeightBits]),
            .acc_o   (result_o[(r*Cols + c)*AccBits +: AccBits]),
            .nar_o   (unused_nar)
          );
        end
      end
    end
  end

  `ABSIM_ASSERT(CapturesOnlyResult, result_capture_i |-> result_valid_o)
  `ABSIM_ASSERT(ResultWaitsForCapture, ripe |-> !result_q || result_capture_i)
  `ABSIM_ASSERT(FewResults, finished |-> pending_q != 2'd2 || result_capture_i)
  `ABSIM_ASSERT(OperandHeld,
                operand_valid_i && !operand_ready_o |=>
                operand_valid_i && $stable(operand_step_i))
endmodule
