// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/statistics.hpp"

#include <algorithm>
#include <limits>

namespace absim::models {
namespace {

constexpr std::size_t kBins = 8192;
constexpr std::size_t kCandidates = 160;  // from limit down to limit / 16

}  // namespace

ChannelStatistics::ChannelStatistics(std::size_t channels)
    : sums_(channels, 0), squares_(channels, 0) {}

void ChannelStatistics::add(Span<const std::int32_t> values, std::uint64_t bound) {
  const std::size_t channels = sums_.size();
  const std::size_t total = values.size() / channels;
  // Squares are summed in 64 bits for as many values as surely fit, then carried over.
  const std::uint64_t square = std::max<std::uint64_t>(1, bound * bound);
  const std::size_t chunk =
      std::max<std::size_t>(1, std::numeric_limits<std::uint64_t>::max() / square);
  std::vector<std::uint64_t> partial(channels);
  for (std::size_t begin = 0; begin < total;) {
    const std::size_t end = total - begin > chunk ? begin + chunk : total;
    std::fill(partial.begin(), partial.end(), 0);
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t* row = values.data() + i * channels;
      for (std::size_t c = 0; c < channels; ++c) {
        const std::int64_t v = row[c];
        sums_[c] += v;
        partial[c] += static_cast<std::uint64_t>(v * v);
      }
    }
    for (std::size_t c = 0; c < channels; ++c) squares_[c] += partial[c];
    begin = end;
  }
  count_ += total;
}

void ChannelStatistics::merge(const ChannelStatistics& other) {
  count_ += other.count_;
  for (std::size_t c = 0; c < sums_.size(); ++c) {
    sums_[c] += other.sums_[c];
    squares_[c] += other.squares_[c];
  }
}

double ChannelStatistics::mean(std::size_t channel) const {
  return static_cast<double>(sums_[channel]) / static_cast<double>(count_);
}

double ChannelStatistics::variance(std::size_t channel) const {
  const double m = mean(channel);
  const double mean_square = static_cast<double>(squares_[channel]) / static_cast<double>(count_);
  return std::max(0.0, mean_square - m * m);
}

Histogram::Histogram(double limit) : limit_(limit), counts_(kBins, 0) {}

void Histogram::add(double magnitude) {
  const double bin = limit_ > 0.0 ? magnitude / limit_ * static_cast<double>(kBins) : 0.0;
  ++counts_[std::min(kBins - 1, static_cast<std::size_t>(bin))];
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < kBins; ++i) counts_[i] += other.counts_[i];
}

double Histogram::best_clip(unsigned levels) const {
  double best = limit_;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < kCandidates; ++k) {
    const double clip =
        limit_ * (1.0 - 15.0 / 16.0 * static_cast<double>(k) / static_cast<double>(kCandidates));
    const double step = clip / levels;
    double error = 0.0;
    for (std::size_t i = 1; i < kBins; ++i) {  // bin 0: zero, which is exact
      const double value = limit_ * (static_cast<double>(i) + 0.5) / static_cast<double>(kBins);
      const double one = value > clip ? (value - clip) * (value - clip) : step * step / 12.0;
      error += static_cast<double>(counts_[i]) * one;
    }
    if (error < least) {
      least = error;
      best = clip;
    }
  }
  return best;
}

}  // namespace absim::models
