// SPDX-License-Identifier: Apache-2.0
#include "sim/units/dfp_pe.hpp"

namespace absim::sim {

std::int32_t dfp_sum(Span<const std::int16_t> acts, Span<const std::int8_t> weights) {
  std::int32_t sum = 0;
  for (std::size_t j = 0; j < acts.size(); ++j) sum += acts[j] * weights[j];
  return sum;
}

void DfpPe::accumulate() {
  if (!sum_valid_) return;
  // Wraps modulo 2^32 as the RTL does; dumps exclude overflow.
  const std::uint32_t old = sum_clears_ ? 0U : static_cast<std::uint32_t>(accumulator_);
  accumulator_ = static_cast<std::int32_t>(old + static_cast<std::uint32_t>(sum_));
}

void DfpPe::tick(Span<const std::int16_t> acts, Span<const std::int8_t> weights, bool clear) {
  accumulate();
  sum_ = dfp_sum(acts, weights);
  sum_clears_ = clear;
  sum_valid_ = true;
}

void DfpPe::tick() {
  accumulate();
  sum_valid_ = false;
}

void DfpPe::reset() {
  sum_ = 0;
  sum_valid_ = false;
  sum_clears_ = false;
  accumulator_ = 0;
}

}  // namespace absim::sim
