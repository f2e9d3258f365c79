// SPDX-License-Identifier: Apache-2.0
// Runs a posit plan on images, in one thread's memory.
#pragma once

#include <cstdint>
#include <vector>

#include "models/core/span.hpp"
#include "models/formats/posit_accumulator.hpp"
#include "models/inference/posit_plan.hpp"

namespace absim::models::fast {

/// How the layers of the images so far were summed.
struct PositPaths {
  std::uint64_t one_limb = 0;  ///< convolutions with one product for each pair
  std::uint64_t limbs = 0;     ///< with two or four
  std::uint64_t quire = 0;
};

class PositRunner {
 public:
  explicit PositRunner(const PositPlan& plan);

  /// One image (u8 NHWC) through all layers.
  void run(Span<const std::uint8_t> pixels);
  /// Codes, sign-extended, or logits; valid until the next run.
  [[nodiscard]] const std::vector<std::int32_t>& values(std::size_t tensor) const {
    return tensors_[tensor];
  }
  [[nodiscard]] const PositPaths& paths() const { return paths_; }

 private:
  __extension__ using Wide = __int128;

  void run_conv(const PositStep& step);
  void run_linear(const PositStep& step);
  void run_exact(const PositStep& step);
  void run_max_pool(const PositStep& step);
  bool expand(const PositStep& step);
  void dot_row(const PositStep& step, std::size_t y, std::size_t x, std::size_t block, Wide* sums);
  void finish(const PositStep& step, std::size_t pixel, std::size_t channel, Wide sum);
  [[nodiscard]] PositCode residual_code(const PositStep& step, std::size_t y, std::size_t x,
                                        std::size_t channel) const;
  [[nodiscard]] const PostprocParams& params(const PositStep& step) const {
    return plan_.network.values[step.layer].postproc[0];
  }

  const PositPlan& plan_;
  std::vector<std::vector<std::int32_t>> tensors_;
  std::vector<std::int32_t> acts_[kMostLimbs];  // of the layer at hand, with its padding
  std::size_t act_limbs_ = 0;
  PositPaths paths_;
};

}  // namespace absim::models::fast
