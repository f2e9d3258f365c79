// SPDX-License-Identifier: Apache-2.0
// Posit accumulator with a fixed window [2^low, 2^high), one product a cycle. A product's magnitude
// of 2^high or more counts as 2^high - 2^low, otherwise it is cut to a multiple of 2^low; the sign
// comes after that. The sum does not depend on the order of the products.
// The register holds [2^Low, 2^High) and Guard bits; low_i and high_i choose a window inside it, held
// during a tile. Tied to Low and High, the clipping is constant wiring.
//
// Pipeline, initiation interval 1: decode, multiply (absim_posit_product); align, clip; accumulate.
// Cycles: a pair taken in cycle c is in acc_o from c + 4 on.
// Range: 2^Guard products never overflow.
module absim_posit_window #(
  parameter  int unsigned N       = 8,  // bits of a code, 3..16
  parameter  int unsigned Es      = 1,  // exponent bits, 0..2
  parameter  int          Low     = -2 * ((N - 2) << Es),      // >= -2M
  parameter  int          High    = 2 * ((N - 2) << Es) + 1,   // Low < High <= 2M + 1
  parameter  int unsigned Guard   = 9,
  localparam int unsigned AccBits = Guard + High - Low + 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               en_i,     // a pair is taken in this cycle
  input  logic               clear_i,  // first pair of the sum
  input  logic [8:0]         low_i,    // signed, Low <= low_i
  input  logic [8:0]         high_i,   // signed, low_i < high_i <= High
  input  logic [N-1:0]       a_i,
  input  logic [N-1:0]       b_i,
  output logic [AccBits-1:0] acc_o,  // signed, units of 2^Low
  output logic               nar_o
);
  localparam int          Max     = (N - 2) << Es;  // M
  localparam int unsigned MagBits = 4 * Max + 2;
  localparam int unsigned Span    = 9;
  localparam int unsigned WinBits = High - Low;
  localparam int unsigned First   = 2 * Max + Low;  // place of 2^Low in a product

  if (Low < -2 * Max || High <= Low || High > 2 * Max + 1) begin : gen_bad_window
    $error("the window must lie in the quire: -2M <= Low < High <= 2M + 1");
  end

  logic               sign, nar;
  logic [MagBits-1:0] magnitude;

  absim_posit_product #(.N(N), .Es(Es)) u_product (
    .clk_i,
    .rst_ni,
    .a_i,
    .b_i,
    .nar_o      (nar),
    .sign_o     (sign),
    .magnitude_o(magnitude)
  );

  // Stage 3: places in units of 2^(-2M)
  logic [Span-1:0]    low_place, high_place;
  logic [MagBits-1:0] cut, limit, clipped;
  logic               over;
  logic [AccBits-1:0] taken, addend, addend_q;
  logic               nar3_q, unused_clipped;

  assign low_place      = low_i + Span'(2 * Max);
  assign high_place     = high_i + Span'(2 * Max);
  assign over           = (magnitude >> high_place) != '0;
  assign cut            = (magnitude >> low_place) << low_place;
  assign limit          = (MagBits'(1) << high_place) - (MagBits'(1) << low_place);
  assign clipped        = over ? limit : cut;
  assign unused_clipped = ^clipped;
  assign taken          = AccBits'(clipped[First +: WinBits]);
  assign addend         = sign ? -taken : taken;

  // Stage 4
  logic [2:0]         en_q, clear_q;  // of stages 1, 2, 3
  logic [AccBits-1:0] acc_q;
  logic               nar_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      en_q     <= '0;
      clear_q  <= '0;
      addend_q <= '0;
      nar3_q   <= 1'b0;
      acc_q    <= '0;
      nar_q    <= 1'b0;
    end else begin
      en_q     <= {en_q[1:0], en_i};
      clear_q  <= {clear_q[1:0], clear_i};
      addend_q <= addend;
      nar3_q   <= nar;
      if (en_q[2]) begin
        acc_q <= (clear_q[2] ? '0 : acc_q) + addend_q;
        nar_q <= (!clear_q[2] && nar_q) || nar3_q;
      end
    end
  end

  assign acc_o = acc_q;
  assign nar_o = nar_q;
endmodule
