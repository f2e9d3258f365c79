// SPDX-License-Identifier: Apache-2.0
// Truncation lengths: what a network has of them, and what the t most significant planes of a
// weight code are worth.
#include "models/core/error.hpp"
#include "models/formats/bwb.hpp"
#include "models/formats/twos_complement.hpp"
#include "models/network/dump.hpp"

namespace absim::models {

std::int32_t truncated_weight(WeightFormat format, unsigned bits, unsigned t, std::uint16_t code) {
  switch (format) {
    case WeightFormat::kBwb:
      return bwb::weight(static_cast<std::uint8_t>(code), bits, t);
    case WeightFormat::kTwosComplement:
    case WeightFormat::kDfp:
      return twos_complement::weight(static_cast<std::uint8_t>(code), bits, t);
    case WeightFormat::kPosit:
      break;
  }
  ABSIM_CHECK(false, "weights of this format are no integers");
  return 0;
}

unsigned least_truncation(const QuantizedNetwork& network) {
  return is_bit_serial(network.format) ? 1 : network.bits;
}

bool has_truncation(const QuantizedNetwork& network, unsigned t) {
  return t >= least_truncation(network) && t <= network.bits;
}

std::size_t parameter_sets(const QuantizedNetwork& network) {
  return network.bits + 1 - least_truncation(network);
}

const PostprocParams& params_at(const QuantizedNetwork& network, std::size_t layer, unsigned t) {
  ABSIM_CHECK(has_truncation(network, t), "a truncation length that the network has");
  return network.values.at(layer).postproc.at(t - least_truncation(network));
}

}  // namespace absim::models
