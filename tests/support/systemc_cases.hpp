// SPDX-License-Identifier: Apache-2.0
// Networks, accelerators and plans for the tests of the clocked core, and what a set of runs
// reached.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"
#include "sim/system/accelerator.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::test {

/// The three shapes that exist as Verilated cores: 8x8x16, 4x6x8, 3x5x7.
inline constexpr int kShapes = 3;
enum class BufferSize { kLarge, kTiny };
enum class DramSpeed { kFast, kStarved };  // 64 B/cycle after 1 cycle; 1 B/cycle after 100

sim::ArchConfig make_arch(int shape, BufferSize buffers, DramSpeed dram, sim::PlaneOrder order);
std::string describe(const sim::ArchConfig& arch);

/// One of the planner's candidates for every layer, either loop order: not the best, but the most
/// varied.
std::vector<sim::LayerPlan> random_plans(Random& random, const models::QuantizedNetwork& network,
                                         unsigned truncation, const sim::ArchConfig& arch);

/// What the runs of a test met; require_all() fails where something never happened.
struct Reached {
  sim::CoreWaits waits;
  std::uint64_t streamed = 0, resident = 0, shared_kernel = 0, second_output = 0,
                residual_offset = 0;
  std::uint64_t channels_outer = 0, kept_acts = 0, kept_weights = 0, several_jobs = 0;
  std::uint64_t pools = 0;  ///< pooling layers of several jobs; not in require_all

  void add(const models::QuantizedNetwork& network, const sim::LayerPlan& plan,
           const sim::LayerRun& run);
  void require_all() const;
};

/// Outputs equal `expected`, tensor by tensor; says which element differs first.
void require_equal(const models::TensorMap& expected, const models::TensorMap& found);

}  // namespace absim::test
