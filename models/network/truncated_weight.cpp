// SPDX-License-Identifier: Apache-2.0
// What the t most significant planes of a weight code are worth.
#include "models/core/error.hpp"
#include "models/formats/bwb.hpp"
#include "models/formats/twos_complement.hpp"
#include "models/network/dump.hpp"

namespace absim::models {

std::int32_t truncated_weight(WeightFormat format, unsigned bits, unsigned t, std::uint8_t code) {
  switch (format) {
    case WeightFormat::kBwb:
      return bwb::weight(code, bits, t);
    case WeightFormat::kTwosComplement:
      return twos_complement::weight(code, bits, t);
  }
  ABSIM_CHECK(false, "weight format out of range");
  return 0;
}

}  // namespace absim::models
