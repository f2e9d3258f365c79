// SPDX-License-Identifier: Apache-2.0
// What a PE's work and an output element cost, by the kind of PE (docs/energy.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/formats/posit.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/energy/tech_table.hpp"

namespace absim::sim {

/// Nothing where the table has no number: then there is no energy either, not a guess.
struct PeCost {
  std::optional<double> lane_pj;  ///< a lane an array cycle: one weight bit (abs) or one product
  std::optional<double> step_pj;  ///< a PE an array cycle: accumulation; 0 where lane_pj holds it
  std::optional<double> element_pj;  ///< post-processing of an output element
  std::string origin;                ///< node and voltage; empty where there is no number
  std::vector<std::string> notes;    ///< what a reader must know
};

PeCost abs_cost(const TechTable& tech);
PeCost dfp_cost(const TechTable& tech);
/// A product costs what the set `posit_mac` says; an empty name is the table's choice.
PeCost posit_cost(const TechTable& tech, models::PositFormat format, const std::string& posit_mac);

PeCost pe_cost(const ArchConfig& arch, const TechTable& tech, const std::string& posit_mac);

}  // namespace absim::sim
