// SPDX-License-Identifier: Apache-2.0
// Drives a core without DMA and DRAM: every stream on its own, words, jobs and stores withheld at
// random.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

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

/// What run_stall_rounds runs.
struct StallRounds {
  std::uint64_t seed = 1;
  int rounds = 1;
  unsigned max_bits = 8;  ///< weights of 1 .. max_bits bits, both formats
  std::function<std::unique_ptr<sim::Core>(const sim::ArchConfig&)> make_core;
};

/// Random networks, architectures, plans and patience; every tensor is required to equal the
/// reference, and every kind of stall to have happened often.
void run_stall_rounds(const StallRounds& rounds);

}  // namespace absim::test
