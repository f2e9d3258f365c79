// SPDX-License-Identifier: Apache-2.0
// Post-processing: PostLanes fixed-point units in a pipeline of 4 stages that never stalls.
//
// Cycles: a beat sent in cycle b leaves in cycle b + 4.
// The second output is 0 where the job has none. Lanes without a channel give 0 by arithmetic:
// the DMA fills their parameters and residuals with zeros.
module absim_postproc #(
  parameter int unsigned PostLanes = 8  // 1..255
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  // Beat
  input  logic                                     valid_i,
  input  logic                                     last_i,  // last of the job
  input  logic                                     has_residual_i,
  input  absim_pkg::postproc_t                     postproc_i,
  input  logic [PostLanes*absim_pkg::ACC_BITS-1:0] acc_i,
  input  logic [PostLanes*absim_pkg::PARAM_BITS-1:0] param_i,
  input  logic [PostLanes*absim_pkg::RES_BITS-1:0] residual_i,
  // 4 cycles later
  output logic                                     valid_o,
  output logic                                     last_o,
  output logic [PostLanes*32-1:0]                  value_o,      // signed
  output logic [PostLanes*8-1:0]                   activation_o  // second output
);
  localparam int unsigned ParamBits = absim_pkg::PARAM_BITS;
  localparam int unsigned AccBits   = absim_pkg::ACC_BITS;
  localparam int unsigned ResBits   = absim_pkg::RES_BITS;

  if (PostLanes < 1) begin : gen_bad_post_lanes
    $error("PostLanes must be at least 1");
  end

  // Control runs along, one register a stage.
  logic       valid1_q, valid2_q, valid3_q, valid4_q;
  logic       last1_q, last2_q, last3_q, last4_q;
  logic       emits1_q, emits2_q, emits3_q, emits4_q;
  logic [1:0] kind1_q;
  logic [5:0] shift1_q, act_shift1_q, act_shift2_q, act_shift3_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {valid1_q, valid2_q, valid3_q, valid4_q} <= '0;
      {last1_q, last2_q, last3_q, last4_q}     <= '0;
      {emits1_q, emits2_q, emits3_q, emits4_q} <= '0;
      {kind1_q, shift1_q}                      <= '0;
      {act_shift1_q, act_shift2_q, act_shift3_q} <= '0;
    end else begin
      {valid1_q, valid2_q, valid3_q, valid4_q} <= {valid_i, valid1_q, valid2_q, valid3_q};
      {last1_q, last2_q, last3_q, last4_q}     <= {last_i, last1_q, last2_q, last3_q};
      {emits1_q, emits2_q, emits3_q, emits4_q} <=
          {postproc_i.emits_activation, emits1_q, emits2_q, emits3_q};
      {kind1_q, shift1_q}                      <= {postproc_i.out_kind, postproc_i.shift};
      {act_shift1_q, act_shift2_q, act_shift3_q} <=
          {postproc_i.act_shift, act_shift1_q, act_shift2_q};
    end
  end

  assign valid_o = valid4_q;
  assign last_o  = last4_q;

  for (genvar l = 0; l < PostLanes; l++) begin : gen_lane
    logic [7:0] activation;

    absim_postproc_lane u_lane (
      .clk_i,
      .rst_ni,
      .acc_i          (acc_i[l*AccBits +: AccBits]),
      .param_i        (param_i[l*ParamBits +: ParamBits]),
      .residual_i     (has_residual_i ? residual_i[l*ResBits +: ResBits] : '0),
      .residual_gain_i(postproc_i.residual_gain),
      .out_kind_i     (kind1_q),
      .shift_i        (shift1_q),
      .act_shift_i    (act_shift3_q),
      .value_o        (value_o[l*32 +: 32]),
      .activation_o   (activation)
    );

    assign activation_o[l*8 +: 8] = emits4_q ? activation : '0;
  end
endmodule
