// SPDX-License-Identifier: Apache-2.0
// What the DMA's transfers carry in a pooling layer: words of `lanes` channels of one pixel, in the
// order (y, x, block) of the job's strip.
#pragma once

#include <cstdint>

#include "sim/core/core_ports.hpp"
#include "sim/schedule/pool_job.hpp"
#include "sim/system/tensor_store.hpp"

namespace absim::sim {

/// Word `index` of a job's load; zero beyond its channels.
void load_pool_word(const PoolJob& job, unsigned lanes, std::uint64_t index, const Tensor& input,
                    std::int16_t* word);

/// Writes word `index` of a job's store into its tensor.
void store_pool_word(const PoolJob& job, unsigned lanes, std::uint64_t index,
                     const OutElement* word, Tensor& output);

}  // namespace absim::sim
