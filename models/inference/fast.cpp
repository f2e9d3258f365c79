// SPDX-License-Identifier: Apache-2.0
// The public face of fast inference: a plan and a runner per call.
#include <algorithm>
#include <optional>

#include "models/core/error.hpp"
#include "models/inference/fast_run.hpp"
#include "models/inference/inference.hpp"
#include "models/inference/kernels/select.hpp"
#include "models/inference/posit_run.hpp"

namespace absim::models {

// Posit networks have an engine of their own; exactly one of the two is there.
struct FastInference::Impl {
  std::optional<fast::Plan> integers;
  std::unique_ptr<const fast::PositPlan> posits;
};

FastInference::FastInference(const QuantizedNetwork& network, unsigned truncation, SimdLevel level)
    : impl_(std::make_unique<Impl>()) {
  if (network.format == WeightFormat::kPosit) {
    if (truncation != network.bits) {
      throw ConfigError("truncation: found " + std::to_string(truncation) +
                        "; allowed: " + std::to_string(network.bits) + ", all bits of a posit");
    }
    impl_->posits = std::make_unique<fast::PositPlan>(network, level);
    return;
  }
  const fast::KernelTable* const kernels = fast::kernels(level);
  if (kernels == nullptr) {
    throw ConfigError(std::string("simd level: found ") + simd_name(level) +
                      ", which this machine or build lacks; allowed: up to " +
                      simd_name(best_simd_level()));
  }
  impl_->integers = fast::make_plan(network, truncation, *kernels);
}

FastInference::~FastInference() = default;
FastInference::FastInference(FastInference&&) noexcept = default;
FastInference& FastInference::operator=(FastInference&&) noexcept = default;

namespace {

std::vector<std::int32_t> integer_logits(const fast::Plan& plan, Span<const std::uint8_t> pixels,
                                         std::size_t count) {
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

std::vector<std::int32_t> posit_logits(const fast::PositPlan& plan, Span<const std::uint8_t> pixels,
                                       std::size_t count) {
  const std::size_t image = plan.table[0].shape.elements();
  ABSIM_CHECK(pixels.size() == count * image, "pixels of another number of images");
  std::vector<std::int32_t> logits;
  fast::PositRunner runner(plan);
  for (std::size_t i = 0; i < count; ++i) {
    runner.run(pixels.subspan(i * image, image));
    const std::vector<std::int32_t>& last = runner.values(plan.steps.back().output);
    logits.insert(logits.end(), last.begin(), last.end());
  }
  return logits;
}

}  // namespace

std::vector<std::int32_t> FastInference::logits(Span<const std::uint8_t> pixels,
                                                std::size_t count) const {
  return impl_->posits ? posit_logits(*impl_->posits, pixels, count)
                       : integer_logits(*impl_->integers, pixels, count);
}

TensorMap FastInference::tensors(Span<const std::uint8_t> pixels) const {
  TensorMap tensors;
  if (impl_->posits) {
    fast::PositRunner runner(*impl_->posits);
    runner.run(pixels);
    for (std::size_t i = 0; i < impl_->posits->table.size(); ++i) {
      tensors[impl_->posits->table[i].name] = runner.values(i);
    }
    return tensors;
  }
  const fast::Plan& plan = *impl_->integers;
  fast::Runner runner(plan);
  runner.run(pixels, [&](std::size_t index) {
    IntMap& values = tensors[plan.maps[index].name];
    values.resize(plan.maps[index].shape.elements());
    runner.read(index, values.data());
  });
  return tensors;
}

}  // namespace absim::models
