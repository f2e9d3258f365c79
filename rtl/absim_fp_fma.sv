// SPDX-License-Identifier: Apache-2.0
// Fused multiply-add: result = round(a b + c), rounded once, to nearest even. a and b have FracBits
// fraction bits, c and the result are fp32. Subnormals in and out; every NaN is 0x7fc00000.
//
// Cycles: 5, one operation a cycle: unpack and multiply; align; add; normalise; round.
//
// The sum is made in a window of fixed place, in units of the product's last bit times 2^-Low:
//   c's 24 bits, leftmost place | 2 zeros | product, 2 FracBits + 2 bits | Low zeros
// and c moves to the right of its leftmost place; what leaves the window is one sticky bit.
//  * c further to the left than that: c stays, its exponent counts. The product is then below half
//    of c's last place even after a borrow, so where exactly it stands does not matter.
//  * Low zeros: a product with one subnormal factor has its leading bit at FracBits or above, and 24
//    bits, a borrow and a guard bit fit above the sticky bit. With two subnormal factors, or a zero,
//    c is on the left.
//  * The window's top exponent is never below c's, so never below 1: no shift to the right.
module absim_fp_fma #(
  parameter int unsigned FracBits = 23  // of a and b, 1..23; their exponents have 8 bits, bias 127
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                valid_i,
  input  logic [FracBits+8:0] a_i,
  input  logic [FracBits+8:0] b_i,
  input  logic [31:0]         c_i,
  output logic                valid_o,
  output logic [31:0]         result_o
);
  localparam int unsigned SigBits   = FracBits + 1;
  localparam int unsigned ProdBits  = 2 * SigBits;
  localparam int unsigned Low       = 26 - SigBits;
  localparam int unsigned Window    = 24 + 2 + ProdBits + Low;
  localparam int unsigned SumBits   = Window + 1;   // and the sticky bit
  localparam int unsigned DiffBits  = SumBits + 1;  // and a sign
  localparam int unsigned MoveBits  = Window + 24;  // and all that may leave the window
  localparam int unsigned ShiftBits = $clog2(Window + 1);

  if (FracBits < 1 || FracBits > 23) begin : gen_bad_frac_bits
    $error("FracBits must be 1..23");
  end

  typedef enum logic [1:0] {
    FINITE,
    INFINITE,
    NAN
  } kind_e;

  logic [4:1] valid_q;
  logic       valid5_q;

  // Stage 1: unpack, multiply, distance of the exponents
  logic               a_sign, a_infinite, a_nan, b_sign, b_infinite, b_nan;
  logic               c_sign, c_infinite, c_nan;
  logic [7:0]         a_exp, b_exp, c_exp;
  logic [SigBits-1:0] a_sig, b_sig;
  logic [23:0]        c_sig;
  logic               a_zero, b_zero, p_sign, p_infinite, invalid, c_left;
  logic signed [10:0] distance;  // of c's place from the leftmost one
  kind_e              kind;

  absim_fp_unpack #(.FracBits(FracBits)) u_unpack_a (
    .bits_i       (a_i),
    .sign_o       (a_sign),
    .exponent_o   (a_exp),
    .significand_o(a_sig),
    .infinite_o   (a_infinite),
    .nan_o        (a_nan)
  );
  absim_fp_unpack #(.FracBits(FracBits)) u_unpack_b (
    .bits_i       (b_i),
    .sign_o       (b_sign),
    .exponent_o   (b_exp),
    .significand_o(b_sig),
    .infinite_o   (b_infinite),
    .nan_o        (b_nan)
  );
  absim_fp_unpack #(.FracBits(23)) u_unpack_c (
    .bits_i       (c_i),
    .sign_o       (c_sign),
    .exponent_o   (c_exp),
    .significand_o(c_sig),
    .infinite_o   (c_infinite),
    .nan_o        (c_nan)
  );

  assign a_zero     = a_sig == '0;
  assign b_zero     = b_sig == '0;
  assign p_sign     = a_sign ^ b_sign;
  assign p_infinite = a_infinite || b_infinite;
  assign invalid    = (a_infinite && b_zero) || (b_infinite && a_zero) ||
                      (p_infinite && c_infinite && (p_sign != c_sign));

  // c's last bit is 2^(c_exp - 150), its leftmost place 2^(a_exp + b_exp - 250)
  assign distance = $signed({3'b0, a_exp}) + $signed({3'b0, b_exp}) - $signed({3'b0, c_exp}) -
                    11'sd100;
  assign c_left   = (distance < 11'sd0) || a_zero || b_zero;

  always_comb begin
    kind = FINITE;
    if (a_nan || b_nan || c_nan || invalid) begin
      kind = NAN;
    end else if (p_infinite || c_infinite) begin
      kind = INFINITE;
    end
  end

  logic [ProdBits-1:0]  prod1_q, prod2_q;
  logic [23:0]          c_sig1_q;
  logic [ShiftBits-1:0] shift_d, shift1_q;
  logic [8:0]           top_d, top1_q, top2_q, top3_q;
  logic                 p_sign1_q, p_sign2_q, c_sign1_q, c_sign2_q;
  kind_e                kind1_q, kind2_q, kind3_q, kind4_q;
  logic                 inf_sign1_q, inf_sign2_q;

  always_comb begin
    shift_d = distance[ShiftBits-1:0];
    if (c_left) begin
      shift_d = '0;
    end else if (distance > 11'(Window)) begin
      shift_d = ShiftBits'(Window);
    end
  end
  assign top_d = c_left ? {1'b0, c_exp} : 9'({3'b0, c_exp} + distance);

  // Stage 2: align
  logic [MoveBits-1:0] moved;
  logic [SumBits-1:0]  aligned, addend2_q;

  assign moved   = {c_sig1_q, {(MoveBits-24){1'b0}}} >> shift1_q;
  assign aligned = {moved[MoveBits-1:24], |moved[23:0]};

  // Stage 3: add magnitudes, or subtract c's from the product's
  logic [SumBits-1:0]  product, sum3_q;
  logic [DiffBits-1:0] total;
  logic                subtract, c_larger;
  logic                sign_d, sign3_q, sign4_q, zero3_q, zero4_q;

  assign product  = {26'd0, prod2_q, {(Low+1){1'b0}}};
  assign subtract = p_sign2_q != c_sign2_q;
  assign total    = subtract ? {1'b0, product} - {1'b0, addend2_q}
                             : {1'b0, product} + {1'b0, addend2_q};
  assign c_larger = total[DiffBits-1];  // never set by a sum: it has two zeros on top or no carry

  always_comb begin
    sign_d = c_larger ? c_sign2_q : p_sign2_q;
    if (kind2_q == INFINITE) begin
      sign_d = inf_sign2_q;
    end else if (total == '0 && subtract) begin
      sign_d = 1'b0;
    end
  end

  // Stage 4: normalise
  logic [23:0] significand, significand4_q;
  logic        guard, guard4_q, sticky, sticky4_q;
  logic [8:0]  exponent, exponent4_q;

  absim_fp_normalise #(.Width(SumBits)) u_normalise (
    .sum_i         (sum3_q),
    .top_exponent_i(top3_q),
    .significand_o (significand),
    .guard_o       (guard),
    .sticky_o      (sticky),
    .exponent_o    (exponent)
  );

  // Stage 5: round
  logic [31:0] rounded, result_d, result5_q;

  absim_fp_round u_round (
    .sign_i       (sign4_q),
    .zero_i       (zero4_q),
    .exponent_i   (exponent4_q),
    .significand_i(significand4_q),
    .guard_i      (guard4_q),
    .sticky_i     (sticky4_q),
    .result_o     (rounded)
  );

  always_comb begin
    unique case (kind4_q)
      FINITE:   result_d = rounded;
      INFINITE: result_d = {sign4_q, 31'h7f80_0000};
      default:  result_d = 32'h7fc0_0000;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q  <= '0;
      valid5_q <= 1'b0;
    end else begin
      valid_q  <= {valid_q[3:1], valid_i};
      valid5_q <= valid_q[4];
    end
  end

  // Each stage moves only for an operation: none switches in a bubble.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      prod1_q        <= '0;
      c_sig1_q       <= '0;
      shift1_q       <= '0;
      top1_q         <= 9'd1;
      p_sign1_q      <= 1'b0;
      c_sign1_q      <= 1'b0;
      inf_sign1_q    <= 1'b0;
      kind1_q        <= FINITE;
      prod2_q        <= '0;
      addend2_q      <= '0;
      top2_q         <= 9'd1;
      p_sign2_q      <= 1'b0;
      c_sign2_q      <= 1'b0;
      inf_sign2_q    <= 1'b0;
      kind2_q        <= FINITE;
      sum3_q         <= '0;
      top3_q         <= 9'd1;
      sign3_q        <= 1'b0;
      zero3_q        <= 1'b0;
      kind3_q        <= FINITE;
      significand4_q <= '0;
      guard4_q       <= 1'b0;
      sticky4_q      <= 1'b0;
      exponent4_q    <= 9'd1;
      sign4_q        <= 1'b0;
      zero4_q        <= 1'b0;
      kind4_q        <= FINITE;
      result5_q      <= '0;
    end else begin
      if (valid_i) begin
        prod1_q     <= ProdBits'(a_sig) * ProdBits'(b_sig);
        c_sig1_q    <= c_sig;
        shift1_q    <= shift_d;
        top1_q      <= top_d;
        p_sign1_q   <= p_sign;
        c_sign1_q   <= c_sign;
        inf_sign1_q <= p_infinite ? p_sign : c_sign;
        kind1_q     <= kind;
      end
      if (valid_q[1]) begin
        prod2_q     <= prod1_q;
        addend2_q   <= aligned;
        top2_q      <= top1_q;
        p_sign2_q   <= p_sign1_q;
        c_sign2_q   <= c_sign1_q;
        inf_sign2_q <= inf_sign1_q;
        kind2_q     <= kind1_q;
      end
      if (valid_q[2]) begin
        sum3_q  <= c_larger ? -total[SumBits-1:0] : total[SumBits-1:0];
        top3_q  <= top2_q;
        sign3_q <= sign_d;
        zero3_q <= total == '0;
        kind3_q <= kind2_q;
      end
      if (valid_q[3]) begin
        significand4_q <= significand;
        guard4_q       <= guard;
        sticky4_q      <= sticky;
        exponent4_q    <= exponent;
        sign4_q        <= sign3_q;
        zero4_q        <= zero3_q;
        kind4_q        <= kind3_q;
      end
      if (valid_q[4]) begin
        result5_q <= result_d;
      end
    end
  end

  assign valid_o  = valid5_q;
  assign result_o = result5_q;
endmodule
