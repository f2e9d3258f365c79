// SPDX-License-Identifier: Apache-2.0
// All posit units of one format side by side, for co-simulation and tests: the decoder, one stream of
// pairs through the three accumulators (absim_posit_dot), and a post-processing lane. They share
// nothing but clock and reset. Not part of the core.
//
// Cycles: as the units have them: decoder combinational, dot products 5, post-processing 4.
module absim_posit_units #(
  parameter  int unsigned N         = 8,  // bits of a code, 3..16
  parameter  int unsigned Es        = 1,  // exponent bits, 0..2
  localparam int unsigned FracBits  = (N > Es + 3) ? N - Es - 3 : 0,
  localparam int unsigned ExpBits   = $clog2(((N - 2) << Es) + 1) + 1,
  localparam int unsigned QuireBits = 4 * ((N - 2) << Es) + 16
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // Decoder
  input  logic [N-1:0]         code_i,
  output logic                 zero_o,
  output logic                 nar_o,
  output logic                 sign_o,
  output logic [ExpBits-1:0]   exponent_o,  // signed
  output logic [FracBits:0]    significand_o,
  // Dot products
  input  logic                 valid_i,
  input  logic                 first_i,
  input  logic                 last_i,
  input  logic [N-1:0]         a_i,
  input  logic [N-1:0]         b_i,
  input  logic                 toward_zero_i,
  input  logic [8:0]           low_i,   // signed
  input  logic [8:0]           high_i,  // signed
  output logic [2:0]           valid_o,  // bit 0 quire, 1 window, 2 chain
  output logic [N-1:0]         quire_o,
  output logic [N-1:0]         window_o,
  output logic [N-1:0]         chain_o,
  // Post-processing
  input  logic [QuireBits-1:0] acc_i,  // signed
  input  logic                 acc_nar_i,
  input  logic [47:0]          offset_i,  // signed
  input  logic [7:0]           offset_shift_i,
  input  logic [N-1:0]         residual_i,
  input  logic [9:0]           residual_exponent_i,  // signed
  input  logic                 relu_i,
  input  logic [9:0]           out_exponent_i,  // signed
  input  logic [1:0]           out_kind_i,
  input  logic [7:0]           shift_i,
  output logic [31:0]          value_o  // signed
);
  absim_posit_decoder #(.N(N), .Es(Es)) u_decoder (
    .code_i,
    .zero_o,
    .nar_o,
    .sign_o,
    .exponent_o,
    .significand_o
  );

  absim_posit_dot #(.N(N), .Es(Es), .Accumulate(0)) u_quire (
    .clk_i,
    .rst_ni,
    .valid_i,
    .first_i,
    .last_i,
    .a_i,
    .b_i,
    .toward_zero_i,
    .low_i,
    .high_i,
    .valid_o(valid_o[0]),
    .code_o (quire_o)
  );
  absim_posit_dot #(.N(N), .Es(Es), .Accumulate(1)) u_window (
    .clk_i,
    .rst_ni,
    .valid_i,
    .first_i,
    .last_i,
    .a_i,
    .b_i,
    .toward_zero_i,
    .low_i,
    .high_i,
    .valid_o(valid_o[1]),
    .code_o (window_o)
  );
  absim_posit_dot #(.N(N), .Es(Es), .Accumulate(2)) u_chain (
    .clk_i,
    .rst_ni,
    .valid_i,
    .first_i,
    .last_i,
    .a_i,
    .b_i,
    .toward_zero_i,
    .low_i,
    .high_i,
    .valid_o(valid_o[2]),
    .code_o (chain_o)
  );

  absim_posit_postproc_lane #(.N(N), .Es(Es), .QuireBits(QuireBits)) u_postproc (
    .clk_i,
    .rst_ni,
    .acc_i,
    .nar_i(acc_nar_i),
    .offset_i,
    .offset_shift_i,
    .residual_i,
    .residual_exponent_i,
    .relu_i,
    .toward_zero_i,
    .out_exponent_i,
    .out_kind_i,
    .shift_i,
    .value_o
  );
endmodule
