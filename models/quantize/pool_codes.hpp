// SPDX-License-Identifier: Apache-2.0
// Pooling of activation codes, as exact inference does it.
#pragma once

#include <cstdint>

#include "models/network/graph.hpp"

namespace absim::models {

/// Maximum or mean (rounded half up) over the window's pixels inside the map. in, out: one image's
/// codes.
void pool_codes(const Layer& layer, const std::int16_t* in, std::int16_t* out);

}  // namespace absim::models
