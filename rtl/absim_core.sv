// SPDX-License-Identifier: Apache-2.0
// The core: sequencer, buffers, array and post-processing put together. The DMA fills and empties
// it.
//
// Cycles: every block's header; together docs/timing.md. All outputs are functions of registers.
// Flattened words: element 0 in the low bits.
`include "absim_assert.svh"

module absim_core #(
  parameter int unsigned Rows          = 8,     // output pixels of a tile, 1..255
  parameter int unsigned Cols          = 8,     // output channels of a tile, 1..255
  parameter int unsigned Lanes         = 16,    // input channels of a step, 1..255
  parameter int unsigned ActBanks      = 8,     // 1..255
  parameter int unsigned PostLanes     = 8,     // channels of a beat, 1..Cols
  parameter int unsigned ActWords      = 256,   // of a bank and slot
  parameter int unsigned WeightWords   = 2048,  // of a slot; Cols * Lanes bits
  parameter int unsigned ParamWords    = 256,   // of a slot; PostLanes channels
  parameter int unsigned ResidualWords = 2048,  // of a slot; PostLanes channels
  parameter int unsigned OutWords      = 1024,  // of a slot; PostLanes channels
  parameter int unsigned PeKind        = absim_pkg::PE_ABS,
  parameter int unsigned PositN        = 8,     // posit: bits of a code, 3..16
  parameter int unsigned PositEs       = 1,     // posit: exponent bits, 0..2
  // What follows from these
  parameter int unsigned ActBits    = (PeKind == absim_pkg::PE_POSIT && PositN > 8) ? 16 : 8,
  parameter int unsigned WeightBits =
      (PeKind == absim_pkg::PE_ABS) ? 1 : (PeKind == absim_pkg::PE_DFP) ? 8 : PositN,
  parameter int unsigned AccBits    =
      (PeKind == absim_pkg::PE_POSIT) ? 4 * ((PositN - 2) << PositEs) + 16 : absim_pkg::ACC_BITS
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  // Jobs
  input  logic                                    job_valid_i,
  output logic                                    job_ready_o,
  input  absim_pkg::job_t                         job_i,
  // Activations; words go to the bank and address that come with them
  input  logic                                    act_valid_i,
  output logic                                    act_ready_o,
  input  logic                                    act_last_i,
  input  logic [absim_pkg::COUNT_BITS-1:0]        act_bank_i,
  input  logic [absim_pkg::ADDR_BITS-1:0]         act_addr_i,
  input  logic [Lanes*ActBits-1:0]                act_data_i,
  output logic                                    act_credit_o,
  // Weights, in order of use; field c * Lanes + j
  input  logic                                    weight_valid_i,
  output logic                                    weight_ready_o,
  input  logic                                    weight_last_i,
  input  logic [Cols*Lanes*WeightBits-1:0]        weight_data_i,
  output logic                                    weight_credit_o,
  // Parameters, one absim_pkg::param_t a channel
  input  logic                                    param_valid_i,
  output logic                                    param_ready_o,
  input  logic                                    param_last_i,
  input  logic [PostLanes*absim_pkg::PARAM_BITS-1:0] param_data_i,
  output logic                                    param_credit_o,
  // Residuals
  input  logic                                    residual_valid_i,
  output logic                                    residual_ready_o,
  input  logic                                    residual_last_i,
  input  logic [PostLanes*absim_pkg::RES_BITS-1:0] residual_data_i,
  output logic                                    residual_credit_o,
  // Outputs
  output logic                                    out_valid_o,
  input  logic                                    out_ready_i,
  output logic                                    out_last_o,
  output logic [PostLanes*32-1:0]                 out_value_o,       // signed
  output logic [PostLanes*8-1:0]                  out_activation_o,  // second output
  output logic                                    out_filled_o,  // a slot became full last cycle
  // Status
  output logic                                    array_active_o  // the array worked last cycle
);
  localparam int unsigned AddrBits  = absim_pkg::ADDR_BITS;
  localparam int unsigned CountBits = absim_pkg::COUNT_BITS;
  localparam int unsigned ResBits   = absim_pkg::RES_BITS;
  localparam int unsigned ParamBits = PostLanes * absim_pkg::PARAM_BITS;
  localparam int unsigned OutBits   = PostLanes * 40;

  // Sequencer
  logic                      step_valid, step_ready, step_release;
  absim_pkg::step_t          step;
  logic [Rows-1:0]           step_need;
  logic [Rows*CountBits-1:0] step_bank;
  logic [Rows*AddrBits-1:0]  step_addr;
  logic                      tag_push;
  absim_pkg::tag_t           tag_pushed;

  absim_sequencer #(
    .Rows (Rows),
    .Cols (Cols),
    .Banks(ActBanks)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .job_valid_i,
    .job_ready_o,
    .job_i,
    .step_valid_o  (step_valid),
    .step_ready_i  (step_ready),
    .step_o        (step),
    .step_release_o(step_release),
    .step_need_o   (step_need),
    .step_bank_o   (step_bank),
    .step_addr_o   (step_addr),
    .tag_valid_o   (tag_push),
    .tag_o         (tag_pushed)
  );

  // Fetch
  logic                          operand_valid, operand_ready;
  absim_pkg::step_t              operand_step;
  logic [Rows*Lanes*ActBits-1:0] operand_data;

  absim_act_buffer #(
    .Rows (Rows),
    .Lanes(Lanes),
    .Banks(ActBanks),
    .Words(ActWords),
    .ActBits(ActBits)
  ) u_act_buffer (
    .clk_i,
    .rst_ni,
    .fill_valid_i   (act_valid_i),
    .fill_ready_o   (act_ready_o),
    .fill_last_i    (act_last_i),
    .fill_bank_i    (act_bank_i),
    .fill_addr_i    (act_addr_i),
    .fill_data_i    (act_data_i),
    .credit_o       (act_credit_o),
    .step_valid_i   (step_valid),
    .step_ready_o   (step_ready),
    .step_i         (step),
    .step_release_i (step_release),
    .step_need_i    (step_need),
    .step_bank_i    (step_bank),
    .step_addr_i    (step_addr),
    .operand_valid_o(operand_valid),
    .operand_ready_i(operand_ready),
    .operand_step_o (operand_step),
    .operand_data_o (operand_data)
  );

  // Weights
  logic                  weight_full, weight_release;
  logic [AddrBits-1:0]   weight_addr;
  logic [Cols*Lanes*WeightBits-1:0] weight_data;

  absim_slot_buffer #(
    .Width(Cols * Lanes * WeightBits),
    .Depth(WeightWords)
  ) u_weight_buffer (
    .clk_i,
    .rst_ni,
    .fill_valid_i(weight_valid_i),
    .fill_ready_o(weight_ready_o),
    .fill_last_i (weight_last_i),
    .fill_data_i (weight_data_i),
    .full_o      (weight_full),
    .addr_i      (weight_addr),
    .data_o      (weight_data),
    .release_i   (weight_release),
    .credit_o    (weight_credit_o)
  );

  // Array
  logic                         result_valid, result_capture, drain_holds;
  logic [Rows*Cols*AccBits-1:0] result;

  absim_pe_array #(
    .Rows (Rows),
    .Cols (Cols),
    .Lanes(Lanes),
    .PeKind    (PeKind),
    .PositN    (PositN),
    .PositEs   (PositEs),
    .ActBits   (ActBits),
    .WeightBits(WeightBits),
    .AccBits   (AccBits)
  ) u_pe_array (
    .clk_i,
    .rst_ni,
    .operand_valid_i (operand_valid),
    .operand_ready_o (operand_ready),
    .operand_step_i  (operand_step),
    .operand_data_i  (operand_data),
    .weight_full_i   (weight_full),
    .weight_addr_o   (weight_addr),
    .weight_data_i   (weight_data),
    .weight_release_o(weight_release),
    .drain_holds_i   (drain_holds),
    .result_valid_o  (result_valid),
    .result_capture_i(result_capture),
    .result_o        (result),
    .active_o        (array_active_o)
  );

  // Tags
  logic            tag_valid;
  absim_pkg::tag_t tag;

  absim_tag_fifo u_tag_fifo (
    .clk_i,
    .rst_ni,
    .push_i (tag_push),
    .tag_i  (tag_pushed),
    .valid_o(tag_valid),
    .tag_o  (tag),
    .pop_i  (result_capture)
  );

  // Drain
  logic                         param_full, param_release, residual_full, residual_release;
  logic [AddrBits-1:0]          param_addr, residual_addr;
  logic                         out_busy, out_claim;
  logic                         beat_valid, beat_last, beat_has_residual;
  absim_pkg::postproc_t         beat_postproc;
  logic [PostLanes*AccBits-1:0] beat_acc;

  absim_drain #(
    .Rows     (Rows),
    .Cols     (Cols),
    .PostLanes(PostLanes),
    .AccBits  (AccBits)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .result_valid_i     (result_valid),
    .result_capture_o   (result_capture),
    .result_i           (result),
    .tag_i              (tag),
    .holds_o            (drain_holds),
    .param_full_i       (param_full),
    .param_addr_o       (param_addr),
    .param_release_o    (param_release),
    .residual_full_i    (residual_full),
    .residual_addr_o    (residual_addr),
    .residual_release_o (residual_release),
    .out_busy_i         (out_busy),
    .out_claim_o        (out_claim),
    .beat_valid_o       (beat_valid),
    .beat_last_o        (beat_last),
    .beat_has_residual_o(beat_has_residual),
    .beat_postproc_o    (beat_postproc),
    .beat_acc_o         (beat_acc)
  );

  // Parameters and residuals
  logic [ParamBits-1:0]         param_data;
  logic [PostLanes*ResBits-1:0] residual_data;

  absim_slot_buffer #(
    .Width(ParamBits),
    .Depth(ParamWords)
  ) u_param_buffer (
    .clk_i,
    .rst_ni,
    .fill_valid_i(param_valid_i),
    .fill_ready_o(param_ready_o),
    .fill_last_i (param_last_i),
    .fill_data_i (param_data_i),
    .full_o      (param_full),
    .addr_i      (param_addr),
    .data_o      (param_data),
    .release_i   (param_release),
    .credit_o    (param_credit_o)
  );

  absim_slot_buffer #(
    .Width(PostLanes * ResBits),
    .Depth(ResidualWords)
  ) u_residual_buffer (
    .clk_i,
    .rst_ni,
    .fill_valid_i(residual_valid_i),
    .fill_ready_o(residual_ready_o),
    .fill_last_i (residual_last_i),
    .fill_data_i (residual_data_i),
    .full_o      (residual_full),
    .addr_i      (residual_addr),
    .data_o      (residual_data),
    .release_i   (residual_release),
    .credit_o    (residual_credit_o)
  );

  // Post-processing and outputs
  logic                    post_valid, post_last;
  logic [PostLanes*32-1:0] post_value;
  logic [PostLanes*8-1:0]  post_activation;

  absim_postproc #(
    .PostLanes(PostLanes),
    .PeKind   (PeKind),
    .PositN   (PositN),
    .PositEs  (PositEs),
    .AccBits  (AccBits)
  ) u_postproc (
    .clk_i,
    .rst_ni,
    .valid_i       (beat_valid),
    .last_i        (beat_last),
    .has_residual_i(beat_has_residual),
    .postproc_i    (beat_postproc),
    .acc_i         (beat_acc),
    .param_i       (param_data),
    .residual_i    (residual_data),
    .valid_o       (post_valid),
    .last_o        (post_last),
    .value_o       (post_value),
    .activation_o  (post_activation)
  );

  absim_out_buffer #(
    .Width(OutBits),
    .Depth(OutWords)
  ) u_out_buffer (
    .clk_i,
    .rst_ni,
    .busy_o     (out_busy),
    .claim_i    (out_claim),
    .valid_i    (post_valid),
    .last_i     (post_last),
    .data_i     ({post_activation, post_value}),
    .out_valid_o,
    .out_ready_i,
    .out_last_o,
    .filled_o   (out_filled_o),
    .out_data_o ({out_activation_o, out_value_o})
  );

  `ABSIM_ASSERT(ResultHasTag, result_valid |-> tag_valid)
endmodule
