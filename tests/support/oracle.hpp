// SPDX-License-Identifier: Apache-2.0
// A second, independent form of exact inference for tests: weights decoded to numbers, im2col, one
// 64-bit dot product per output. Slow; shares no code with models/inference.
#pragma once

#include <cstdint>
#include <vector>

#include "models/inference/inference.hpp"

namespace absim::test {

/// What the t most significant bits of a code are worth, summed bit by bit.
std::int64_t oracle_weight(models::WeightFormat format, unsigned bits, unsigned t, unsigned code);

/// Dot products of a layer with weights: [pixels][Cout].
std::vector<std::int64_t> oracle_accumulators(const models::QuantizedNetwork& network,
                                              std::size_t layer, unsigned t,
                                              const models::IntMap& input);

/// The residual tensor brought to the layer's output shape; zeros where there is none.
models::IntMap oracle_residual(const models::Graph& graph, std::size_t layer,
                               const models::TensorMap& tensors);

/// Pixels to codes.
models::IntMap oracle_input(const models::QuantizedNetwork& network,
                            const std::vector<std::uint8_t>& pixels);

/// Adds a layer's one or two tensors to `tensors`.
void oracle_layer(const models::QuantizedNetwork& network, std::size_t layer, unsigned t,
                  models::TensorMap& tensors);

models::TensorMap oracle_infer(const models::QuantizedNetwork& network, unsigned t,
                               const std::vector<std::uint8_t>& pixels);

}  // namespace absim::test
