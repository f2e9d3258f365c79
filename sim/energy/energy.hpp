// SPDX-License-Identifier: Apache-2.0
// Energy = events x pJ per event + leakage x time (docs/energy.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/energy/tech_table.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::sim {

// By Buffer, then the pooling unit's input and output.
inline constexpr std::size_t kBuffers = 7;

/// pJ, per image like the events. Nothing where the table has no number for the kind of PE; then there is
/// no total either.
struct EnergyBreakdown {
  std::optional<double> pe_pj = 0.0;
  double buffer_pj = 0.0;  ///< the sum of `buffers_pj`
  double dram_pj = 0.0;
  std::optional<double> postproc_pj = 0.0;  ///< and the pooling unit's arithmetic
  double leakage_pj = 0.0;
  std::optional<double> total_pj = 0.0;
  std::array<double, kBuffers> buffers_pj{};  ///< reads and writes
};

/// `posit_mac` names the set that prices posit products; empty: the table's choice. Throws ConfigError if
/// a part is not finite.
EnergyBreakdown energy(const Events& events, std::uint64_t cycles, const ArchConfig& arch,
                       const TechTable& tech, const std::string& posit_mac = {});

/// What a reader of the numbers must know: mixed sources, memories outside the table, parts not modelled,
/// numbers that do not exist.
std::vector<std::string> energy_notes(const ArchConfig& arch, const TechTable& tech,
                                      const std::string& posit_mac = {});

}  // namespace absim::sim
