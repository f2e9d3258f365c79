// SPDX-License-Identifier: Apache-2.0
// Runs a plan on images, in one thread's arena.
#pragma once

#include <functional>

#include "models/core/span.hpp"
#include "models/inference/fast_plan.hpp"

namespace absim::models::fast {

/// Working memory of one thread: all maps and the kernels' scratch. Reused from image to image.
class Runner {
 public:
  explicit Runner(const Plan& plan);

  /// Called with the index of every map as soon as it is written.
  using Visitor = std::function<void(std::size_t map)>;

  /// One image (u8 NHWC) through all layers.
  void run(Span<const std::uint8_t> pixels, const Visitor& visit = {});

  /// Values of a map, valid until another takes its place.
  void read(std::size_t map, std::int32_t* to) const;

 private:
  [[nodiscard]] void* at(std::size_t line) { return arena_.data() + line; }
  void write_input(Span<const std::uint8_t> pixels);
  void run_step(const Step& step);
  void run_conv(const Step& step);
  void run_linear(const Step& step);
  ConvTask conv_task(const Step& step);

  const Plan& plan_;
  Lines arena_;
};

}  // namespace absim::models::fast
