// SPDX-License-Identifier: Apache-2.0
// Posit<N, Es> decoder: a code to sign, exponent and significand.
//   value = (-1)^sign * significand * 2^(exponent - FracBits)
// FracBits = max(0, N - 3 - Es) is the longest fraction; shorter ones are left-aligned, so the hidden
// bit is always the top bit of the significand. Zero and NaR give exponent 0 and significand 0.
//
// Cycles: combinational.
// Range: |exponent| <= M = (N - 2) 2^Es. Exponent bits beyond the end of the word read as 0.
module absim_posit_decoder #(
  parameter  int unsigned N        = 8,  // bits of a code, 3..16
  parameter  int unsigned Es       = 1,  // exponent bits, 0..2
  localparam int unsigned FracBits = (N > Es + 3) ? N - Es - 3 : 0,
  localparam int unsigned ExpBits  = $clog2(((N - 2) << Es) + 1) + 1
) (
  input  logic [N-1:0]       code_i,
  output logic               zero_o,
  output logic               nar_o,
  output logic               sign_o,
  output logic [ExpBits-1:0] exponent_o,    // signed
  output logic [FracBits:0]  significand_o  // hidden bit included
);
  localparam int unsigned BodyBits = N - 1;
  localparam int unsigned TailBits = BodyBits + 4;  // padded: Es or FracBits may be 0
  localparam int unsigned RunBits  = $clog2(N) + 1;

  if (N < 3 || N > 16 || Es > 2) begin : gen_bad_format
    $error("N must be 3..16 and Es 0..2");
  end

  logic special;
  assign special = code_i[N-2:0] == '0;
  assign zero_o  = special && !code_i[N-1];
  assign nar_o   = special && code_i[N-1];
  assign sign_o  = code_i[N-1] && !special;

  // Length of the run of equal bits that starts below the sign: 1..N-1
  logic [BodyBits-1:0] body, differs;
  logic                ones;
  logic [RunBits-1:0]  run;

  assign body    = sign_o ? -code_i[N-2:0] : code_i[N-2:0];
  assign ones    = body[BodyBits-1];
  assign differs = body ^ {BodyBits{ones}};

  always_comb begin
    run = RunBits'(BodyBits);
    for (int unsigned i = 0; i < BodyBits; i++) begin
      if (differs[i]) run = RunBits'(BodyBits - 1 - i);
    end
  end

  // What follows the run and the bit that ends it
  logic [TailBits-1:0] tail;
  logic [ExpBits-1:0]  length, regime, exponent;
  logic [FracBits:0]   significand;
  logic                unused_tail;

  assign tail        = {body, 4'b0} << (run + RunBits'(1));
  assign length      = ExpBits'(run);
  assign regime      = ones ? length - ExpBits'(1) : -length;
  assign unused_tail = ^tail;

  if (Es == 0) begin : gen_no_exponent
    assign exponent = regime;
  end else begin : gen_exponent
    assign exponent = (regime << Es) | ExpBits'(tail[TailBits-1 -: Es]);
  end
  if (FracBits == 0) begin : gen_no_fraction
    assign significand = 1'b1;
  end else begin : gen_fraction
    assign significand = {1'b1, tail[TailBits-1-Es -: FracBits]};
  end

  assign exponent_o    = special ? '0 : exponent;
  assign significand_o = special ? '0 : significand;
endmodule
