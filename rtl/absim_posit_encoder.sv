// SPDX-License-Identifier: Apache-2.0
// Posit<N, Es> encoder: rounds sum * 2^(-2M) * 2^exponent once, on the bit string.
//   leading one -> regime | exponent | fraction as one string -> top N - 1 bits, guard, sticky
//   -> magnitude rounded (nearest, ties to even; or cut) -> negated last
// Nothing but zero becomes zero (underflow gives minpos), nothing finite becomes NaR (overflow gives
// maxpos). Carries may run from the fraction into exponent and regime; that is intended.
//
// Cycles: combinational.
// Range: any sum, -2^(AccBits-1) included; any exponent of 10 bits.
module absim_posit_encoder #(
  parameter int unsigned N       = 8,  // bits of a code, 3..16
  parameter int unsigned Es      = 1,  // exponent bits, 0..2
  parameter int unsigned AccBits = 4 * ((N - 2) << Es) + 16  // 2..512
) (
  input  logic [AccBits-1:0] sum_i,  // signed, units of 2^(-2M)
  input  logic               nar_i,
  input  logic [9:0]         exponent_i,     // signed
  input  logic               toward_zero_i,  // rounding: 0 nearest even
  output logic [N-1:0]       code_o
);
  localparam int unsigned WideBits  = (AccBits > N + 2) ? AccBits : N + 2;
  localparam int unsigned PlaceBits = $clog2(WideBits);
  localparam int unsigned BodyBits  = N - 1;
  localparam int unsigned KeptBits  = N;  // of the fraction; the rest is sticky
  localparam int unsigned StrBits   = 2 + Es + KeptBits + 1 + N;  // N: room for the regime's shift
  localparam int unsigned AmtBits   = $clog2(N) + 1;
  localparam int unsigned ExpBits   = 12;
  localparam int unsigned Bias      = 2 * ((N - 2) << Es);  // 2M

  if (N < 3 || N > 16 || Es > 2 || AccBits < 2 || AccBits > 512) begin : gen_bad_format
    $error("N must be 3..16, Es 0..2 and AccBits 2..512");
  end

  // Magnitude and its leading one
  logic                 negative;
  logic [AccBits-1:0]   magnitude;
  logic [WideBits-1:0]  wide, normal;
  logic [PlaceBits-1:0] place;

  assign negative  = sum_i[AccBits-1];
  assign magnitude = negative ? -sum_i : sum_i;
  assign wide      = WideBits'(magnitude);

  always_comb begin
    place = '0;
    for (int unsigned i = 0; i < WideBits; i++) begin
      if (wide[i]) place = PlaceBits'(i);
    end
  end

  assign normal = wide << (PlaceBits'(WideBits - 1) - place);

  // Exponent: regime k = floor(scale / 2^Es) and the Es bits below
  logic signed [ExpBits-1:0] scale, regime;
  logic                      below_one, too_large, too_small;
  logic [AmtBits-1:0]        amount;

  assign scale     = ExpBits'(place) + ExpBits'($signed(exponent_i)) - ExpBits'(Bias);
  assign regime    = scale >>> Es;
  assign below_one = regime < $signed(ExpBits'(0));
  assign too_large = regime >= $signed(ExpBits'(N - 2));
  assign too_small = regime < -$signed(ExpBits'(N - 2));
  assign amount    = below_one ? ~regime[AmtBits-1:0] : regime[AmtBits-1:0];  // 0..N-3 where it counts

  // The whole string, the regime made by shifting "10" (ones enter) or "01" (zeros enter)
  logic [KeptBits-1:0]       kept;
  logic                      lost;
  logic signed [StrBits-1:0] seed, string_bits;

  assign kept = normal[WideBits-2 -: KeptBits];
  if (WideBits > KeptBits + 1) begin : gen_lost
    assign lost = normal[WideBits-2-KeptBits:0] != '0;
  end else begin : gen_none_lost
    assign lost = 1'b0;
  end
  if (Es == 0) begin : gen_no_exponent
    assign seed = {!below_one, below_one, kept, lost, {N{1'b0}}};
  end else begin : gen_exponent
    assign seed = {!below_one, below_one, scale[Es-1:0], kept, lost, {N{1'b0}}};
  end
  assign string_bits = seed >>> amount;

  // One rounding
  logic [BodyBits-1:0] body, rounded, clamped;
  logic                guard, sticky, up;

  assign body    = string_bits[StrBits-1 -: BodyBits];
  assign guard   = string_bits[StrBits-1-BodyBits];
  assign sticky  = string_bits[StrBits-2-BodyBits:0] != '0;
  assign up      = !toward_zero_i && guard && (sticky || body[0]);
  assign rounded = body + BodyBits'(up);
  assign clamped = too_large ? '1 : too_small ? BodyBits'(1) : rounded;

  logic [N-1:0] positive;
  logic         unused_top;

  assign positive   = {1'b0, clamped};
  assign unused_top = normal[WideBits-1];  // the hidden bit; 0 for a sum of 0

  assign code_o = nar_i ? {1'b1, {BodyBits{1'b0}}}
                : (sum_i == '0) ? '0
                : negative ? -positive : positive;
endmodule
