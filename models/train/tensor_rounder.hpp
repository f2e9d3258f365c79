// SPDX-License-Identifier: Apache-2.0
// One tensor of a layer in a bit-parallel format: chooses its power of two and rounds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/formats/posit.hpp"
#include "models/formats/posit_round.hpp"
#include "models/quantize/quantize.hpp"
#include "models/quantize/tensor_coder.hpp"
#include "models/train/rounding.hpp"

namespace absim::models::train {

/// How a class of tensors (weights, activations, errors, weight gradients) is rounded.
struct RounderConfig {
  QuantizeOptions format;  ///< format kDfp or kPosit, exponent policy or scale, DFP rounding
  TensorRole role = TensorRole::kSigned;
  PositMode posit_mode;
};

class TensorRounder {
 public:
  /// `stream` makes the random numbers of stochastic rounding differ from other tensors'.
  TensorRounder(const RounderConfig& config, std::uint64_t stream);
  TensorRounder(const TensorRounder&) = delete;
  TensorRounder& operator=(const TensorRounder&) = delete;

  /// From now on in step `step`; `measure`: gather signal and noise.
  void begin_step(std::size_t step, bool measure);
  [[nodiscard]] const Rounder* rounder() const { return &round_; }

  /// Mean SQNR in dB of the tensors measured since the last call, and their number.
  struct Measurement {
    std::size_t samples = 0;
    double mean_sqnr_db = 0;
  };
  Measurement take_measurement();

 private:
  void round(Span<const float> in, Span<float> out);
  void measure(Span<const float> in, Span<const float> out);

  RounderConfig config_;
  TensorCoder coder_;
  PositRounder posit_;  // unused in DFP
  std::uint64_t stream_;
  std::uint64_t step_ = 0;
  bool measures_ = false;
  std::size_t samples_ = 0;
  double sqnr_sum_db_ = 0;
  Rounder round_;
};

}  // namespace absim::models::train
