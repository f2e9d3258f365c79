// SPDX-License-Identifier: Apache-2.0
// Dot product of a stream of posit pairs, rounded to a posit: one accumulator and the encoder.
//
// Cycles: 5, one pair a cycle: a pair with last_i taken in cycle c gives valid_o and the sum in c + 5.
// Range: 2^14 pairs (quire), 2^9 (window).
module absim_posit_dot #(
  parameter int unsigned N          = 8,  // bits of a code, 3..16
  parameter int unsigned Es         = 1,  // exponent bits, 0..2
  parameter int unsigned Accumulate = 0   // 0 quire, 1 window, 2 chain of fused multiply-adds
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         valid_i,
  input  logic         first_i,  // of the sum
  input  logic         last_i,   // of the sum
  input  logic [N-1:0] a_i,
  input  logic [N-1:0] b_i,
  input  logic         toward_zero_i,  // rounding, held during a sum
  input  logic [8:0]   low_i,   // window, signed, held during a sum; -2M <= low_i < high_i
  input  logic [8:0]   high_i,  // signed, <= 2M + 1
  output logic         valid_o,
  output logic [N-1:0] code_o
);
  localparam int unsigned Max = (N - 2) << Es;  // M

  if (Accumulate > 2) begin : gen_bad_accumulate
    $error("Accumulate must be 0, 1 or 2");
  end

  logic [N-1:0] code, code_q;
  logic [4:0]   last_q;  // of stages 1..5

  if (Accumulate == 0) begin : gen_quire
    localparam int unsigned AccBits = 4 * Max + 16;
    logic [AccBits-1:0] acc;
    logic               nar, unused_window;
    assign unused_window = ^{low_i, high_i};

    absim_posit_pe #(.N(N), .Es(Es), .Lanes(1), .QuireBits(AccBits)) u_pe (
      .clk_i,
      .rst_ni,
      .en_i    (valid_i),
      .clear_i (first_i),
      .act_i   (a_i),
      .weight_i(b_i),
      .acc_o   (acc),
      .nar_o   (nar)
    );
    absim_posit_encoder #(.N(N), .Es(Es), .AccBits(AccBits)) u_encode (
      .sum_i     (acc),
      .nar_i     (nar),
      .exponent_i('0),
      .toward_zero_i,
      .code_o    (code)
    );
  end else if (Accumulate == 1) begin : gen_window
    localparam int unsigned AccBits = 4 * Max + 2 + 9;
    logic [AccBits-1:0] acc;
    logic               nar;

    absim_posit_window #(.N(N), .Es(Es), .Guard(9)) u_window (
      .clk_i,
      .rst_ni,
      .en_i   (valid_i),
      .clear_i(first_i),
      .low_i,
      .high_i,
      .a_i,
      .b_i,
      .acc_o  (acc),
      .nar_o  (nar)
    );
    absim_posit_encoder #(.N(N), .Es(Es), .AccBits(AccBits)) u_encode (
      .sum_i     (acc),
      .nar_i     (nar),
      .exponent_i('0),
      .toward_zero_i,
      .code_o    (code)
    );
  end else begin : gen_chain
    logic unused_window;
    assign unused_window = ^{low_i, high_i};

    absim_posit_chain #(.N(N), .Es(Es)) u_chain (
      .clk_i,
      .rst_ni,
      .en_i   (valid_i),
      .clear_i(first_i),
      .toward_zero_i,
      .a_i,
      .b_i,
      .acc_o  (code)
    );
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q <= '0;
      code_q <= '0;
    end else begin
      last_q <= {last_q[3:0], valid_i && last_i};
      code_q <= code;
    end
  end

  assign valid_o = last_q[4];
  assign code_o  = code_q;
endmodule
