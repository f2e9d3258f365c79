// SPDX-License-Identifier: Apache-2.0
// Drives a core without DMA and DRAM: every stream on its own, words, jobs and stores withheld at
// random.
#pragma once

#include <cstdint>

#include "sim/core/core_ports.hpp"
#include "sim/system/layer_data.hpp"
#include "sim/system/tensor_store.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::test {

struct StallRun {
  std::uint64_t cycles = 0;
  std::uint64_t withheld = 0;  ///< cycles in which the driver had a word, but did not offer it
  std::uint64_t refused = 0;   ///< cycles in which the core was not ready for an offered word
  std::uint64_t blocked_stores = 0;  ///< cycles in which an output word was not taken
  std::uint64_t both_full = 0;       ///< cycles in which some buffer had two full slots
};

/// Runs one layer of `tensors` (inputs there, outputs created there). A word that was offered stays
/// on offer until it is taken. `patience`: one in how many cycles a withheld stream goes on, 1 =
/// always.
StallRun run_with_stalls(sim::Core& core, const models::QuantizedNetwork& network,
                         const sim::LayerData& data, sim::TensorStore& tensors, Random& random,
                         unsigned patience);

}  // namespace absim::test
