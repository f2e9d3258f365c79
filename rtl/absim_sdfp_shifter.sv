// SPDX-License-Identifier: Apache-2.0
// Aligns, rounds and saturates an accumulator: value = clamp(round(acc * 2^-shift)). Combinational.
// shift is the output's exponent minus the accumulator's. Biases of shifted dynamic fixed point are
// in both already, so S-DFP needs nothing here that DFP does not.
//
// shift > 0 shifts to the right and rounds; shift <= 0 shifts to the left, exactly. Any shift is
// allowed: beyond AccBits + 1 (stochastic: AccBits + 15, which still reaches the 16 random bits)
// the result no longer changes, nor beyond AccBits to the left, where all but 0 saturates.
// Stochastic: floor plus the carry of the 16 highest discarded bits + random_i.
module absim_sdfp_shifter #(
  parameter int unsigned AccBits = 32  // 17..64
) (
  input  logic [AccBits-1:0] acc_i,        // signed
  input  logic [9:0]         shift_i,      // signed
  input  logic [2:0]         rounding_i,   // models::Rounding
  input  logic [15:0]        random_i,     // stochastic only
  input  logic [1:0]         range_i,      // OUT_U8, OUT_S8, OUT_S16, OUT_S32
  input  logic               symmetric_i,  // OUT_S8: -127..127, not -128..127
  output logic [31:0]        value_o,      // signed
  output logic               saturated_o,   // beyond the range before the clamp
  output logic               underflowed_o  // not 0, but rounded to 0
);
  localparam int unsigned ShiftBits  = 10;
  localparam int unsigned RandomBits = 16;
  localparam int unsigned FracBits   = AccBits + RandomBits - 1;
  localparam int unsigned WideBits   = AccBits + FracBits;
  localparam int unsigned FullBits   = 2 * AccBits;

  localparam logic [2:0] NearestEven = 3'd0;
  localparam logic [2:0] HalfAway    = 3'd1;
  localparam logic [2:0] HalfUp      = 3'd2;
  localparam logic [2:0] Floor       = 3'd3;
  localparam logic [2:0] TowardZero  = 3'd4;
  localparam logic [2:0] Stochastic  = 3'd5;

  if (AccBits < 17 || AccBits > 64) begin : gen_bad_acc_bits
    $error("AccBits must be 17..64");
  end

  logic                 left, negative;
  logic [ShiftBits-1:0] distance, limit, amount;

  assign negative = acc_i[AccBits-1];
  assign left     = shift_i[ShiftBits-1];
  assign distance = left ? -shift_i : shift_i;
  assign limit    = left ? ShiftBits'(AccBits)
                  : (rounding_i == Stochastic) ? ShiftBits'(FracBits) : ShiftBits'(AccBits + 1);
  assign amount   = (distance > limit) ? limit : distance;

  // To the right: floor and fraction in one shifter, the fraction's first bit weighing one half
  logic signed [WideBits-1:0] placed, moved;
  logic signed [AccBits-1:0]  whole;
  logic [FracBits-1:0]        fraction;
  logic                       guard, sticky, up;
  logic [RandomBits:0]        dithered;

  assign placed   = {acc_i, {FracBits{1'b0}}};
  assign moved    = placed >>> amount;
  assign whole    = moved[WideBits-1:FracBits];
  assign fraction = moved[FracBits-1:0];
  assign guard    = fraction[FracBits-1];
  assign sticky   = |fraction[FracBits-2:0];
  assign dithered = {1'b0, fraction[FracBits-1 -: RandomBits]} + {1'b0, random_i};

  always_comb begin
    up = 1'b0;
    unique case (rounding_i)
      NearestEven: up = guard && (sticky || whole[0]);
      HalfAway:    up = guard && (sticky || !negative);
      HalfUp:      up = guard;
      Floor:       ;
      TowardZero:  up = negative && (guard || sticky);
      Stochastic:  up = dithered[RandomBits];
      default:     ;
    endcase
  end

  logic signed [FullBits-1:0] extended, rounded, low, high;

  assign extended = FullBits'($signed(acc_i));
  assign rounded  = left ? extended << amount
                         : FullBits'(whole) + $signed({{(FullBits-1){1'b0}}, up});

  always_comb begin
    low  = -FullBits'(64'd2147483648);
    high = FullBits'(64'd2147483647);
    unique case (range_i)
      absim_pkg::OUT_U8: begin
        low  = FullBits'(0);
        high = FullBits'(255);
      end
      absim_pkg::OUT_S8: begin
        low  = symmetric_i ? -FullBits'(127) : -FullBits'(128);
        high = FullBits'(127);
      end
      absim_pkg::OUT_S16: begin
        low  = -FullBits'(32768);
        high = FullBits'(32767);
      end
      absim_pkg::OUT_S32: ;
      default: ;
    endcase
  end

  logic below, above;
  assign below = rounded < low;
  assign above = rounded > high;

  assign value_o       = below ? low[31:0] : above ? high[31:0] : rounded[31:0];
  assign saturated_o   = below || above;
  assign underflowed_o = (rounded == '0) && (acc_i != '0);
endmodule
