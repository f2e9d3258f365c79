// SPDX-License-Identifier: Apache-2.0
// What `absim cosim-unit` of the multiply-accumulate units shares: the vectors `a b c expected`,
// and the comparison of their values in golden arithmetic, SystemC and RTL.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/cosim/verilated_mac.hpp"

namespace absim::app {

struct MacVector {
  std::size_t line = 0;
  sim::MacOperation operation;
  std::uint32_t expected = 0;
};

/// How a unit is named, computed and shown.
struct MacComparison {
  std::string name;
  sim::MacUnit unit = sim::MacUnit::kInt8;
  std::function<std::uint32_t(const sim::MacOperation&)> golden;
  std::function<std::string(std::uint32_t)> show;  ///< a result
};

/// A stream of operations, one a cycle, through the unit's SystemC twin.
struct MacStream {
  std::vector<std::uint32_t> results;
  std::uint64_t cycles = 0;  ///< from the first operand to the last result
};
MacStream run_systemc_mac(sim::MacUnit unit, Span<const sim::MacOperation> operations);

/// Prints mismatches and a summary; returns an ExitStatus.
int compare_mac(const MacComparison& what, const std::vector<MacVector>& vectors,
                const std::string& file);

}  // namespace absim::app
