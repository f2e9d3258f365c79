// SPDX-License-Identifier: Apache-2.0
// Networks of one layer under test, plain or random, and accelerators to run them on.
#pragma once

#include <cstdint>
#include <random>

#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::tests {

/// Index of the layer under test; layer 0 makes its residual.
inline constexpr std::size_t kLayerUnderTest = 1;

/// A network whose layer 1 is `layer`, reading the input; a residual, if any, is layer 0's s16
/// output.
models::QuantizedNetwork network_of(models::Layer layer, models::ElementType output,
                                    const models::MapShape& residual_shape = {1, 1, 1});

/// A 3x3 convolution with padding 1 and ReLU.
models::Layer conv_layer(std::size_t size, std::size_t in_channels, std::size_t out_channels,
                         std::size_t kernel = 3, std::size_t stride = 1);

struct RandomCase {
  models::QuantizedNetwork network;
  sim::ArchConfig arch;
  unsigned truncation = 8;
};

/// Small shapes that are multiples of nothing, buffers from ample to barely fitting, DRAM from wide
/// to starved.
RandomCase random_case(std::mt19937_64& random);

/// One of the planner's choices, either loop order, not necessarily the best; throws ConfigError
/// where nothing fits.
sim::LayerPlan random_plan(std::mt19937_64& random, const RandomCase& c);

}  // namespace absim::tests
