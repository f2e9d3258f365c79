// SPDX-License-Identifier: Apache-2.0
// Per-channel mean and variance from exact integer sums, and the clipping point of a distribution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/core/span.hpp"

namespace absim::models {

/// Sums of integers and of their squares, exact; so the order of the additions, and with it the
/// number of threads, does not matter.
class ChannelStatistics {
 public:
  explicit ChannelStatistics(std::size_t channels);

  /// values: [n][channels], each of magnitude at most `bound` < 2^31.
  void add(Span<const std::int32_t> values, std::uint64_t bound);
  void merge(const ChannelStatistics& other);

  [[nodiscard]] double mean(std::size_t channel) const;
  [[nodiscard]] double variance(std::size_t channel) const;  ///< of the population, as batch norm's

 private:
  __extension__ using Wide = unsigned __int128;
  std::uint64_t count_ = 0;         // values of each channel
  std::vector<std::int64_t> sums_;  // [channels]
  std::vector<Wide> squares_;       // [channels]
};

/// Histogram of magnitudes 0..limit in equal bins; counts only, so order does not matter either.
class Histogram {
 public:
  explicit Histogram(double limit);
  void add(double magnitude);
  void merge(const Histogram& other);

  /// The clipping point that makes the squared error of `levels` equal steps from 0 to it least:
  /// rounding inside, clipping beyond. At least limit / 16; 0 where every magnitude is 0.
  [[nodiscard]] double best_clip(unsigned levels) const;

 private:
  double limit_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace absim::models
