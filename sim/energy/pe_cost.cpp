// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/pe_cost.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

std::string origin(const SourcedNumber& number) {
  return fmt::format("{}, {}", number.node, number.voltage);
}

/// A posit MAC decodes two operands, multiplies, adds and encodes. An output element adds offset
/// and residual to the sum, decodes the residual and encodes once: two MACs, an upper bound for all
/// but the width of the sum.
constexpr double kMacsAnElement = 2.0;

std::string names_of(const PositMacSet& set) {
  std::vector<std::string> names;
  for (const PositMac& mac : set.macs) names.push_back(models::posit_name(mac.format));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string posit_note(const std::string& name, const PositMacSet& set, const PositMac& mac) {
  const SourcedNumber& number = mac.number;
  std::string text = fmt::format(
      "energy: {} MAC: {} pJ at {}, voltage {}, of the set {} ({}): another process than the other "
      "parts'",
      name, number.value, number.node, number.voltage, set.name, mac.status);
  if (set.fp32) {
    text +=
        fmt::format("; {:.2f} of the same set's fp32 MAC", number.value / set.fp32->number.value);
  }
  return text;
}

}  // namespace

PeCost abs_cost(const TechTable& tech) {
  return {tech.pe_lane_bit.value,
          tech.pe_accumulate.value,
          tech.postproc_element.value,
          origin(tech.pe_lane_bit),
          {}};
}

PeCost dfp_cost(const TechTable& tech) {
  PeCost cost;
  cost.step_pj = tech.pe_accumulate.value;
  if (tech.pe_dfp_lane) {
    cost.lane_pj = tech.pe_dfp_lane->value;
    cost.origin = origin(*tech.pe_dfp_lane);
  } else {
    cost.notes.push_back(
        fmt::format("energy: table {} has no pe.dfp_lane: no energy of the dfp PE and "
                    "no total",
                    tech.name));
  }
  if (tech.postproc_dfp_element) {
    cost.element_pj = tech.postproc_dfp_element->value;
  } else {
    cost.notes.push_back(
        fmt::format("energy: table {} has no postproc.dfp_element: no energy of "
                    "dfp post-processing and no total",
                    tech.name));
  }
  return cost;
}

PeCost posit_cost(const TechTable& tech, models::PositFormat format, const std::string& posit_mac) {
  PeCost cost;
  cost.step_pj = 0.0;
  const std::string name = models::posit_name(format);
  const std::string& chosen = posit_mac.empty() ? tech.posit_mac : posit_mac;
  const PositMacSet* set = tech.posit_mac_set(chosen);
  if (set == nullptr) {
    cost.notes.push_back(
        fmt::format("energy: table {} has no posit MACs: no energy of the {} PE, its "
                    "post-processing and no total",
                    tech.name, name));
    return cost;
  }
  const PositMac* mac = set->find(format);
  if (mac == nullptr) {
    cost.notes.push_back(fmt::format(
        "energy: no published {} MAC in the set {} (it has {}): no energy of the PE, its "
        "post-processing and no total",
        name, set->name, names_of(*set)));
    return cost;
  }
  cost.lane_pj = mac->number.value;
  cost.element_pj = kMacsAnElement * mac->number.value;
  cost.origin = fmt::format("{}, voltage {}", mac->number.node, mac->number.voltage);
  cost.notes.push_back(posit_note(name, *set, *mac));
  return cost;
}

PeCost pe_cost(const ArchConfig& arch, const TechTable& tech, const std::string& posit_mac) {
  switch (arch.pe) {
    case PeKind::kAbs:
      return abs_cost(tech);
    case PeKind::kDfp:
      return dfp_cost(tech);
    case PeKind::kPosit:
      return posit_cost(tech, {arch.posit_bits, arch.posit_es}, posit_mac);
  }
  throw InvariantError("PE kind out of range");
}

}  // namespace absim::sim
