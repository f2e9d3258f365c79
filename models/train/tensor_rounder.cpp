// SPDX-License-Identifier: Apache-2.0
#include "models/train/tensor_rounder.hpp"

#include <algorithm>
#include <cmath>

#include "models/formats/dfp_round.hpp"
#include "models/formats/posit_round.hpp"
#include "models/train/augment.hpp"

namespace absim::models::train {
namespace {

constexpr std::size_t kSample = 1 << 15;  // values that a power of two is chosen on

/// Evenly spaced values, and the largest of all, which decides a shared exponent.
std::vector<float> sample_of(Span<const float> values) {
  const std::size_t stride = std::max<std::size_t>(1, values.size() / kSample);
  std::vector<float> sample;
  sample.reserve(values.size() / stride + 2);
  for (std::size_t i = 0; i < values.size(); i += stride) sample.push_back(values[i]);
  if (stride == 1) return sample;
  float largest = 0.0F;
  for (std::size_t i = 0; i < values.size(); ++i) largest = std::max(largest, std::fabs(values[i]));
  sample.push_back(largest);
  return sample;
}

}  // namespace

TensorRounder::TensorRounder(const RounderConfig& config, std::uint64_t stream)
    : config_(config),
      coder_(config_.format),
      posit_(config_.format.posit, config_.posit_mode),
      stream_(stream) {
  round_ = [this](Span<const float> in, Span<float> out) { round(in, out); };
}

void TensorRounder::begin_step(std::size_t step, bool measure) {
  step_ = step;
  measures_ = measure;
}

void TensorRounder::round(Span<const float> in, Span<float> out) {
  const int exponent = coder_.choose(sample_of(in), config_.role).exponent;
  if (config_.format.format == WeightFormat::kPosit) {
    const int limit = posit_.largest_scale_exponent();
    posit_.round(in, out, std::clamp(exponent, -limit, limit));
  } else {
    const std::uint64_t seed = Random(stream_, step_).next();
    dfp_round(in, out, exponent, integer_range(config_.role), config_.format.rounding, seed);
  }
  if (measures_) measure(in, out);
}

void TensorRounder::measure(Span<const float> in, Span<const float> out) {
  double signal = 0;
  double noise = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double error = static_cast<double>(in[i]) - static_cast<double>(out[i]);
    signal += static_cast<double>(in[i]) * static_cast<double>(in[i]);
    noise += error * error;
  }
  if (!(signal > 0) || !(noise > 0)) return;  // exact, or nothing to round
  ++samples_;
  sqnr_sum_db_ += 10 * std::log10(signal / noise);
}

TensorRounder::Measurement TensorRounder::take_measurement() {
  const Measurement taken{samples_,
                          samples_ == 0 ? 0 : sqnr_sum_db_ / static_cast<double>(samples_)};
  samples_ = 0;
  sqnr_sum_db_ = 0;
  return taken;
}

}  // namespace absim::models::train
