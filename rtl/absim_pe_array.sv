// SPDX-License-Identifier: Apache-2.0
// Rows x Cols processing elements, output-stationary: every row has one output pixel's
// activations, every column one output channel's weight bits.
//
// Cycles: an operand takes 1 cycle (progressive) or `planes` cycles (stationary), one weight word
// each; it is taken in the last of them. Waits for the weight slot and, in a tile's first step,
// for the capture of the tile before (which may happen in the same cycle). A result is valid one
// cycle after its last step.
`include "absim_assert.svh"

module absim_pe_array #(
  parameter int unsigned Rows  = 8,   // 1..255
  parameter int unsigned Cols  = 8,   // 1..255
  parameter int unsigned Lanes = 16   // 1..255
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  // Operand
  input  logic                                     operand_valid_i,
  output logic                                     operand_ready_o,  // taken in this cycle
  input  absim_pkg::step_t                         operand_step_i,
  input  logic [Rows*Lanes*absim_pkg::ACT_BITS-1:0] operand_data_i,
  // Weights
  input  logic                                     weight_full_i,
  output logic [absim_pkg::ADDR_BITS-1:0]          weight_addr_o,
  input  logic [Cols*Lanes-1:0]                    weight_data_i,  // bit c * Lanes + j
  output logic                                     weight_release_o,
  // Result
  output logic                                     result_valid_o,
  input  logic                                     result_capture_i,  // only while result_valid_o
  output logic [Rows*Cols*absim_pkg::ACC_BITS-1:0] result_o,  // row-major
  output logic                                     active_o   // the array worked in the last cycle
);
  localparam int unsigned ActBits  = absim_pkg::ACT_BITS;
  localparam int unsigned InBits   = absim_pkg::OPERAND_BITS;
  localparam int unsigned AccBits  = absim_pkg::ACC_BITS;
  localparam int unsigned AddrBits = absim_pkg::ADDR_BITS;

  if (Rows < 1 || Rows > 255 || Cols < 1 || Cols > 255) begin : gen_bad_size
    $error("Rows and Cols must be 1..255");
  end

  logic [3:0] plane_d, plane_q;  // stationary: plane of this cycle
  logic       result_d, result_q, active_q;
  logic       work, plane_first, plane_last, done;

  assign work = operand_valid_i && weight_full_i &&
                !(operand_step_i.first && result_q && !result_capture_i);
  assign plane_first = (plane_q == 4'd0);
  assign plane_last  = !operand_step_i.stationary || (plane_q == operand_step_i.planes - 4'd1);
  assign done        = work && plane_last;

  assign plane_d  = !work ? plane_q : plane_last ? 4'd0 : plane_q + 4'd1;
  assign result_d = (done && operand_step_i.last) || (result_q && !result_capture_i);

  assign operand_ready_o  = done;
  assign weight_addr_o    = operand_step_i.weight_addr + AddrBits'(plane_q);
  assign weight_release_o = done && operand_step_i.weight_release;
  assign result_valid_o   = result_q;
  assign active_o         = active_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      plane_q  <= 4'd0;
      result_q <= 1'b0;
      active_q <= 1'b0;
    end else begin
      plane_q  <= plane_d;
      result_q <= result_d;
      active_q <= work;
    end
  end

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

  `ABSIM_ASSERT(CapturesOnlyResult, result_capture_i |-> result_valid_o)
  `ABSIM_ASSERT(ResultWaitsForCapture,
                done && operand_step_i.last |-> !result_q || result_capture_i)
  `ABSIM_ASSERT(OperandHeld,
                operand_valid_i && !operand_ready_o |=>
                operand_valid_i && $stable(operand_step_i))
endmodule
