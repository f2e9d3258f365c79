// SPDX-License-Identifier: Apache-2.0
// Pooling and the sums of a global average, on stored maps.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/inference/fast_plan.hpp"

namespace absim::models::fast {

/// Both maps in memory at `in` and `out`, with the same storage and zero point.
void max_pool(const Layer& layer, const Map& from, const void* in, const Map& to, void* out);
void avg_pool(const Layer& layer, const Map& from, const void* in, const Map& to, void* out);

/// sums[c] = sum of the values of channel c over the whole map.
void channel_sums(const Map& from, const void* in, std::int32_t* sums);

}  // namespace absim::models::fast
