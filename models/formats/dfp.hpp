// SPDX-License-Identifier: Apache-2.0
// Dynamic fixed point (DFP): integers of b bits with one shared exponent a tensor, x ~ I * 2^E, and
// its shifted form S-DFP, whose exponent is moved by a bias: E' = E + beta. beta < 0 makes the step
// finer and lets the largest values saturate.
// Sources: Das et al. 2018 (DFP); Sakai and Moriki, US 11,811,427 B2 (shifted exponent).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/core/span.hpp"

namespace absim::models {

/// Order as in the RTL (3 bits, 0..5).
enum class Rounding { kNearestEven, kHalfAway, kHalfUp, kFloor, kTowardZero, kStochastic };
const char* rounding_name(Rounding rounding);  // nearest_even, half_away, half_up, ...

struct IntegerRange {
  std::int32_t low = -127;
  std::int32_t high = 127;
};

/// Saturated: beyond the range before the clamp. Underflowed: not zero, but 0 after rounding.
struct DfpCounters {
  std::uint64_t values = 0;
  std::uint64_t saturated = 0;
  std::uint64_t underflowed = 0;
};

/// floor(log2 max|x|) - (bits - 2): the exponent of DFP (beta = 0) for signed codes of `bits` bits.
/// `all_zero` where every value is zero. Values are finite.
int dfp_exponent(Span<const float> values, unsigned bits, int all_zero = 0);

enum class DfpPolicy {
  kMaximum,       ///< beta = 0
  kConstant,      ///< the given beta
  kMinimumError,  ///< the beta in [beta_low, beta_high] with the least squared error; ties: larger
  kOverflowRate,  ///< the smallest exponent whose rate of saturated values is at most `rate`
};
struct DfpPolicyConfig {
  DfpPolicy policy = DfpPolicy::kMaximum;
  int beta = 0;
  int beta_low = -4;
  int beta_high = 0;
  double rate = 1e-4;
};
/// The exponent E' and what beta it means.
struct DfpExponent {
  int exponent = 0;
  int beta = 0;
};
DfpExponent choose_dfp_exponent(Span<const float> values, unsigned bits, IntegerRange range,
                                const DfpPolicyConfig& config, int all_zero = 0);

/// clamp(round(x * 2^-exponent)). `random` (0..65535) is for kStochastic only.
std::int32_t dfp_encode(float x, int exponent, IntegerRange range, Rounding rounding,
                        std::uint32_t random = 0, DfpCounters* counters = nullptr);
double dfp_decode(std::int32_t code, int exponent);

/// clamp(round(acc * 2^-shift)): the S-DFP shifter. shift > 0 shifts to the right and rounds, shift
/// <= 0 shifts to the left, exactly, and saturates; any int is allowed. `random`: 0..65535,
/// kStochastic only: floor plus the carry of the 16 highest discarded bits + random.
std::int32_t sdfp_shift(std::int32_t acc, int shift, Rounding rounding, IntegerRange range,
                        std::uint32_t random = 0, DfpCounters* counters = nullptr);

/// Statistics of accumulators from which the next exponent is found: counts of the leading bit's
/// position, one value at a time. Twin: rtl/absim_dfp_stats.sv.
struct DfpStatistics {
  /// bins[0]: zero; bins[1 + p]: floor(log2 |x|) = p, p = 0..31 (|INT32_MIN| = 2^31).
  std::uint64_t bins[33] = {};
  std::uint32_t largest = 0;  ///< running OR of magnitudes: its leading bit is the maximum's
  void add(std::int32_t value);
  /// The smallest right shift with which at most rate_num / rate_den of the values have a leading
  /// bit beyond `bits` - 2, i.e. overflow signed codes of `bits` bits before rounding. 0 at least.
  [[nodiscard]] int shift(unsigned bits, std::uint64_t rate_num, std::uint64_t rate_den) const;
};

}  // namespace absim::models
