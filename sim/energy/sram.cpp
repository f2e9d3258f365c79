// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/sram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

/// Between two points of an axis: index of the lower one, weight of the upper one.
struct Between {
  std::size_t low = 0;
  std::size_t high = 0;
  double weight = 0.0;
};

/// Where `x` lies on a rising axis, on a logarithmic scale; outside: the nearest point.
Between locate(const std::vector<double>& axis, double x) {
  if (x <= axis.front()) return {0, 0, 0.0};
  if (x >= axis.back()) return {axis.size() - 1, axis.size() - 1, 0.0};
  const auto above =
      static_cast<std::size_t>(std::upper_bound(axis.begin(), axis.end(), x) - axis.begin());
  const double span = std::log(axis[above] / axis[above - 1]);
  return {above - 1, above, std::log(x / axis[above - 1]) / span};
}

}  // namespace

SramCost sram_cost(const TechTable& tech, std::uint64_t capacity_bytes, std::uint64_t word_bits) {
  ABSIM_CHECK(!tech.sram.empty() && capacity_bytes > 0 && word_bits > 0, "memory without size");
  std::vector<double> widths;
  std::vector<double> capacities;
  for (const SramRow& row : tech.sram) {
    if (row.capacity_bytes == tech.sram.front().capacity_bytes) {
      widths.push_back(static_cast<double>(row.word_bits));
    }
    if (row.word_bits == tech.sram.front().word_bits) {
      capacities.push_back(static_cast<double>(row.capacity_bytes));
    }
  }
  const auto bits = static_cast<double>(word_bits);
  const auto bytes = static_cast<double>(capacity_bytes);
  const Between c = locate(capacities, bytes);
  const Between w = locate(widths, bits);
  const auto interpolate = [&](const SourcedNumber SramRow::*number) {
    const auto at = [&](std::size_t ci, std::size_t wi) {
      return std::log((tech.sram[ci * widths.size() + wi].*number).value);
    };
    const double low = at(c.low, w.low) * (1.0 - w.weight) + at(c.low, w.high) * w.weight;
    const double high = at(c.high, w.low) * (1.0 - w.weight) + at(c.high, w.high) * w.weight;
    return std::exp(low * (1.0 - c.weight) + high * c.weight);
  };
  const double per_bit = bits / std::clamp(bits, widths.front(), widths.back());
  SramCost cost;
  cost.read_pj = interpolate(&SramRow::read) * per_bit;
  cost.write_pj = interpolate(&SramRow::write) * per_bit;
  cost.leakage_mw = interpolate(&SramRow::leakage) * bytes /
                    std::clamp(bytes, capacities.front(), capacities.back());
  cost.small = bytes < capacities.front();
  cost.large = bytes > capacities.back();
  return cost;
}

}  // namespace absim::sim
