// SPDX-License-Identifier: Apache-2.0
// Post-processing: PostLanes units of the PEs' kind in a pipeline of 4 stages that never stalls.
//
// Cycles: a beat sent in cycle b leaves in cycle b + 4.
// The second output is 0 where the job has none. Lanes without a channel give 0 by arithmetic:
// the DMA fills their parameters and residuals with zeros.
module absim_postproc #(
  parameter int unsigned PostLanes = 8,  // 1..255
  parameter int unsigned PeKind    = absim_pkg::PE_ABS,
  parameter int unsigned PositN    = 8,
  parameter int unsigned PositEs   = 1,
  parameter int unsigned AccBits   = absim_pkg::ACC_BITS
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  // Beat
  input  logic                                     valid_i,
  input  logic                                     last_i,  // last of the job
  input  logic                                     has_residual_i,
  input  absim_pkg::postproc_t                     postproc_i,
  input  logic [PostLanes*AccBits-1:0]           acc_i,
  input  logic [PostLanes*absim_pkg::PARAM_BITS-1:0] param_i,
  input  logic [PostLanes*absim_pkg::RES_BITS-1:0] residual_i,
  // 4 cycles later
  output logic                                     valid_o,
  output logic                                     last_o,
  output logic [PostLanes*32-1:0]                  value_o,      // signed
  output logic [PostLanes*8-1:0]                   activation_o  // second output
);
  localparam int unsigned ParamBits = absim_pkg::PARAM_BITS;
  localparam int unsigned ResBits   = absim_pkg::RES_BITS;

  if (PostLanes < 1) begin : gen_bad_post_lanes
    $error("PostLanes must be at least 1");
  end

  // Control runs along, one register a stage.
  logic [3:0] valid_q, last_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
      last_q  <= '0;
    end else begin
      valid_q <= {valid_q[2:0], valid_i};
      last_q  <= {last_q[2:0], last_i};
    end
  end

  assign valid_o = valid_q[3];
  assign last_o  = last_q[3];

  if (PeKind == absim_pkg::PE_ABS) begin : gen_abs
    logic [3:0] emits_q;
    logic [1:0] kind1_q;
    logic [5:0] shift1_q, act_shift1_q, act_shift2_q, act_shift3_q;
    logic       unused_postproc;  // of the other kinds

    assign unused_postproc = ^{postproc_i.shift[7:6], postproc_i.relu, postproc_i.rounding,
                               postproc_i.out_exponent, postproc_i.residual_exponent,
                               postproc_i.offset_shift};

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        emits_q                                    <= '0;
        {kind1_q, shift1_q}                        <= '0;
        {act_shift1_q, act_shift2_q, act_shift3_q} <= '0;
      end else begin
        emits_q             <= {emits_q[2:0], postproc_i.emits_activation};
        {kind1_q, shift1_q} <= {postproc_i.out_kind, postproc_i.shift[5:0]};
        {act_shift1_q, act_shift2_q, act_shift3_q} <=
            {postproc_i.act_shift, act_shift1_q, act_shift2_q};
      end
    end

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

      assign activation_o[l*8 +: 8] = emits_q[3] ? activation : '0;
    end
  end else begin : gen_parallel
    logic unused_postproc;  // of bit-serial kinds: no second output, no multipliers

    assign unused_postproc = ^{postproc_i.emits_activation, postproc_i.act_shift,
                               postproc_i.residual_gain};
    assign activation_o    = '0;

    logic [1:0] kind1_q;
    logic [7:0] shift1_q;
    logic [2:0] rounding1_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {kind1_q, shift1_q, rounding1_q} <= '0;
      else begin
        {kind1_q, shift1_q, rounding1_q} <=
            {postproc_i.out_kind, postproc_i.shift, postproc_i.rounding};
      end
    end

    for (genvar l = 0; l < PostLanes; l++) begin : gen_lane
      // absim_pkg::param_t as bits: Yosys 0.23 finds no fields of a struct inside nested generates.
      logic [ParamBits-1:0] param;
      logic [ResBits-1:0]   residual;

      assign param    = param_i[l*ParamBits +: ParamBits];
      assign residual = has_residual_i ? residual_i[l*ResBits +: ResBits] : '0;

      if (PeKind == absim_pkg::PE_DFP) begin : gen_dfp
        logic [7:0] unused_activation;  // 0
        logic       unused_posit;
        assign unused_posit = ^{postproc_i.relu, postproc_i.out_exponent,
                                postproc_i.residual_exponent[9:5], postproc_i.offset_shift};
        absim_dfp_postproc_lane u_lane (
          .clk_i,
          .rst_ni,
          .acc_i           (acc_i[l*AccBits +: AccBits]),
          .param_i         (param),
          .residual_i      (residual),
          .residual_shift_i(postproc_i.residual_exponent[4:0]),
          .out_kind_i      (kind1_q),
          .shift_i         (shift1_q),
          .rounding_i      (rounding1_q),
          .value_o         (value_o[l*32 +: 32]),
          .activation_o    (unused_activation)
        );
      end else begin : gen_posit
        logic unused_dfp;
        assign unused_dfp = ^{kind1_q, shift1_q, rounding1_q, param[ParamBits-1:64], param[15:0]};
        if (ResBits > PositN) begin : gen_unused_residual
          logic unused_residual;
          assign unused_residual = ^residual[ResBits-1:PositN];
        end
        absim_posit_postproc_lane #(
          .N        (PositN),
          .Es       (PositEs),
          .QuireBits(AccBits)
        ) u_lane (
          .clk_i,
          .rst_ni,
          .acc_i              (acc_i[l*AccBits +: AccBits]),
          .nar_i              (1'b0),  // no network holds a NaR
          .offset_i           (param[16 +: 48]),
          .offset_shift_i     (postproc_i.offset_shift),
          .residual_i         (residual[PositN-1:0]),
          .residual_exponent_i(postproc_i.residual_exponent),
          .relu_i             (postproc_i.relu),
          .toward_zero_i      (1'b0),
          .out_exponent_i     (postproc_i.out_exponent),
          .out_kind_i         (postproc_i.out_kind),
          .shift_i            (postproc_i.shift),
          .value_o            (value_o[l*32 +: 32])
        );
      end
    end
  end
endmodule
