// SPDX-License-Identifier: Apache-2.0
// BWB (bitwise binary) weights.
#include "models/formats/bwb.hpp"

#include <algorithm>
#include <cmath>

#include "models/core/error.hpp"

namespace absim::models::bwb {

std::uint8_t encode(double w, double scale, unsigned bits) {
  ABSIM_CHECK(bits >= 1 && bits <= 8, "a weight has 1..8 bits");
  ABSIM_CHECK(std::isfinite(w) && std::isfinite(scale) && scale > 0,
              "finite weight, positive scale");
  const double half_range = static_cast<double>(1U << (bits - 1));
  const double cell = std::floor(half_range * (w / scale + 1));
  return static_cast<std::uint8_t>(std::clamp(cell, 0.0, 2 * half_range - 1));
}

std::uint8_t truncate(std::uint8_t code, unsigned bits, unsigned t) {
  ABSIM_CHECK(bits <= 8 && t >= 1 && t <= bits && code >> bits == 0,
              "1 <= t <= bits, code in bits");
  return static_cast<std::uint8_t>(code >> (bits - t));
}

std::int32_t weight(std::uint8_t code, unsigned bits, unsigned t) {
  return 2 * truncate(code, bits, t) + 1 - (1 << t);
}

double decode(std::uint8_t code, double scale, unsigned bits, unsigned t) {
  return scale * std::ldexp(weight(code, bits, t), -static_cast<int>(t));
}

}  // namespace absim::models::bwb
