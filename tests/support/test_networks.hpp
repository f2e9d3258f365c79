// SPDX-License-Identifier: Apache-2.0
// Deterministic random networks and images for every suite.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/dump.hpp"

namespace absim::test {

/// 11x9x3 input; channels 5, 7, 11, 13; strides 1 and 2; 1x1, 3x3 and 3x5 kernels; asymmetric
/// padding; identity, option-A and 1x1-convolution shortcuts; a pre-activation block; signed
/// activations; linear head. No pooling. Eleven layers, about 230 k products an image.
models::QuantizedNetwork make_awkward_network(std::uint64_t seed, models::WeightFormat format,
                                              unsigned bits = 8);

/// 12x10x3 input; max and average pools of u8, s8 and s16 maps, padded and not; an average-pooled
/// shortcut with appended zero channels.
models::QuantizedNetwork make_pool_network(std::uint64_t seed,
                                           models::WeightFormat format = models::WeightFormat::kBwb,
                                           unsigned bits = 8);

/// Random pixels of the network's input size, every value 0..255 equally likely.
std::vector<std::uint8_t> random_image(const models::QuantizedNetwork& network, std::uint64_t seed);

}  // namespace absim::test
