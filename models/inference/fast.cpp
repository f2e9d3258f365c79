// SPDX-License-Identifier: Apache-2.0
// The public face of fast inference: a plan and a runner per call.
#include <algorithm>

#include "models/core/error.hpp"
#include "models/inference/fast_run.hpp"
#include "models/inference/inference.hpp"
#include "models/inference/kernels/select.hpp"

namespace absim::models {

struct FastInference::Impl {
  fast::Plan plan;
};

FastInference::FastInference(const QuantizedNetwork& network, unsigned truncation,
                             SimdLevel level) {
  const fast::KernelTable* const kernels = fast::kernels(level);
  if (kernels == nullptr) {
    throw ConfigError(std::string("simd level: found ") + simd_name(level) +
                      ", which this machine or build lacks; allowed: up to " +
                      simd_name(best_simd_level()));
  }
  impl_ = std::make_unique<Impl>(Impl{fast::make_plan(network, truncation, *kernels)});
}

FastInference::~FastInference() = default;
FastInference::FastInference(FastInference&&) noexcept = default;
FastInference& FastInference::operator=(FastInference&&) noexcept = default;

std::vector<std::int32_t> FastInference::logits(Span<const std::uint8_t> pixels,
                                                std::size_t count) const {
  const fast::Plan& plan = impl_->plan;
  const std::size_t image = plan.maps[0].shape.elements();
  ABSIM_CHECK(pixels.size() == count * image, "pixels of another number of images");
  const std::size_t last = plan.steps.back().output;
  const std::size_t classes = plan.maps[last].shape.elements();
  std::vector<std::int32_t> logits(count * classes);
  fast::Runner runner(plan);
  for (std::size_t i = 0; i < count; ++i) {
    runner.run(pixels.subspan(i * image, image));
    runner.read(last, logits.data() + i * classes);
  }
  return logits;
}

TensorMap FastInference::tensors(Span<const std::uint8_t> pixels) const {
  const fast::Plan& plan = impl_->plan;
  TensorMap tensors;
  fast::Runner runner(plan);
  runner.run(pixels, [&](std::size_t index) {
    IntMap& values = tensors[plan.maps[index].name];
    values.resize(plan.maps[index].shape.elements());
    runner.read(index, values.data());
  });
  return tensors;
}

}  // namespace absim::models
