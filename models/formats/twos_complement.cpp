// SPDX-License-Identifier: Apache-2.0
// Two's complement weights.
#include "models/formats/twos_complement.hpp"

#include <algorithm>
#include <cmath>

#include "models/core/error.hpp"

namespace absim::models::twos_complement {

std::uint8_t encode(double w, double scale, unsigned bits) {
  ABSIM_CHECK(bits >= 1 && bits <= 8, "a weight has 1..8 bits");
  ABSIM_CHECK(std::isfinite(w) && std::isfinite(scale) && scale > 0,
              "finite weight, positive scale");
  const double half_range = static_cast<double>(1U << (bits - 1));
  const double cell = std::clamp(std::floor(half_range * (w / scale)), -half_range, half_range - 1);
  return static_cast<std::uint8_t>(static_cast<unsigned>(static_cast<int>(cell)) &
                                   ((1U << bits) - 1));
}

std::uint8_t truncate(std::uint8_t code, unsigned bits, unsigned t) {
  ABSIM_CHECK(bits <= 8 && t >= 1 && t <= bits && code >> bits == 0,
              "1 <= t <= bits, code in bits");
  return static_cast<std::uint8_t>(code >> (bits - t));
}

std::int32_t weight(std::uint8_t code, unsigned bits, unsigned t) {
  const std::int32_t kept = truncate(code, bits, t);
  return kept >> (t - 1) != 0 ? kept - (1 << t) : kept;
}

double decode(std::uint8_t code, double scale, unsigned bits, unsigned t, double alpha) {
  return scale * alpha * std::ldexp(weight(code, bits, t), 1 - static_cast<int>(t));
}

}  // namespace absim::models::twos_complement
