// SPDX-License-Identifier: Apache-2.0
// Deterministic random networks of the bit-parallel formats, of awkward shapes: odd maps, asymmetric
// padding, residuals with stride and offset, a signed 1x1 shortcut, pools, a linear layer.
#pragma once

#include <cstdint>

#include "models/network/dump.hpp"

namespace absim::test {

models::QuantizedNetwork make_dfp_network(
    std::uint64_t seed, models::Rounding rounding = models::Rounding::kNearestEven);

/// Weights and activations of moderate size, so that values neither vanish nor saturate.
models::QuantizedNetwork make_posit_network(std::uint64_t seed, models::PositFormat format);

}  // namespace absim::test
