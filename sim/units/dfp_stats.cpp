// SPDX-License-Identifier: Apache-2.0
#include "sim/units/dfp_stats.hpp"

#include <algorithm>

namespace absim::sim {

models::DfpStatistics DfpStats::read() const {
  models::DfpStatistics statistics;
  std::copy(counts_.begin(), counts_.end(), std::begin(statistics.bins));
  statistics.largest = largest_;
  return statistics;
}

void DfpStats::tick(const std::int32_t* value, bool clear) {
  if (clear) reset();
  if (value == nullptr) return;
  const auto word = static_cast<std::uint32_t>(*value);
  const std::uint32_t magnitude = word >> 31 != 0 ? 0U - word : word;
  std::size_t bin = kBins - 1;  // priority encoder, from the top
  while (bin > 0 && (magnitude >> (bin - 1) & 1U) == 0) --bin;
  ++counts_[bin];
  largest_ |= magnitude;
}

void DfpStats::reset() {
  counts_ = {};
  largest_ = 0;
}

}  // namespace absim::sim
