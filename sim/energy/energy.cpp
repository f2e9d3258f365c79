// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/energy.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "sim/energy/pe_cost.hpp"
#include "sim/energy/sram.hpp"

namespace absim::sim {
namespace {

constexpr double kBitsPerByte = 8.0;

/// A buffer as memory macros with one port: a macro a bank and a slot, since a slot is filled while
/// the other one is read.
struct Macro {
  const char* name;
  std::uint64_t count;
  std::uint64_t capacity_bytes;
  std::uint64_t word_bits;
  bool pooling = false;  ///< on in pooling layers only
};

std::array<Macro, kBuffers> macros(const ArchConfig& arch) {
  const std::uint64_t post = arch.postproc_lanes;
  const std::uint64_t banks = arch.act_banks;
  std::array<Macro, kBuffers> list{{
      {"act_buffer", 2 * banks, arch.act_buffer_bytes / 2 / banks, arch.act_word_bytes() * 8},
      {"weight_buffer", 2, arch.weight_buffer_bytes / 2, arch.weight_word_bits()},
      {"param_buffer", 2, arch.param_buffer_bytes / 2, post * 128},
      {"residual_buffer", 2, arch.residual_buffer_bytes / 2, post * 16},
      {"out_buffer", 2, arch.out_buffer_bytes / 2, post * 32},
      {"pool_in_buffer", 2, arch.pool_in_buffer_bytes / 2, arch.pool_word_bytes() * 8, true},
      {"pool_out_buffer", 2, arch.pool_out_buffer_bytes / 2, arch.pool_word_bytes() * 8, true},
  }};
  for (Macro& macro : list) macro.capacity_bytes = std::max<std::uint64_t>(macro.capacity_bytes, 1);
  return list;
}

/// Bits read and written, in the order of `macros`.
struct Traffic {
  double read_bits = 0.0;
  double write_bits = 0.0;
};

std::array<Traffic, kBuffers> traffic(const Events& e) {
  const auto bits = [](std::uint64_t bytes) { return static_cast<double>(bytes) * kBitsPerByte; };
  return {{{bits(e.act_read_bytes), bits(e.act_write_bytes)},
           {static_cast<double>(e.weight_read_bits), static_cast<double>(e.weight_write_bits)},
           {bits(e.param_read_bytes), bits(e.param_write_bytes)},
           {bits(e.residual_read_bytes), bits(e.residual_write_bytes)},
           {bits(e.out_read_bytes), bits(e.out_write_bytes)},
           {bits(e.pool_in_read_bytes), bits(e.pool_in_write_bytes)},
           {bits(e.pool_out_read_bytes), bits(e.pool_out_write_bytes)}}};
}

double checked(const char* part, double value_pj) {
  if (std::isfinite(value_pj) && value_pj >= 0.0) return value_pj;
  throw ConfigError(fmt::format("energy: {}: found {} pJ; allowed: a finite number of 0 or more",
                                part, value_pj));
}

/// The work of the array and of post-processing, where the table knows what it costs.
void add_logic(const Events& events, const ArchConfig& arch, const PeCost& cost,
               EnergyBreakdown& e) {
  const auto lanes = static_cast<double>(events.pe_bit_macs);
  e.pe_pj.reset();
  e.postproc_pj.reset();
  if (cost.lane_pj && cost.step_pj) {
    e.pe_pj = checked("pe", lanes * *cost.lane_pj + lanes / arch.lanes * *cost.step_pj);
  }
  if (cost.element_pj) {
    e.postproc_pj =
        checked("postproc", static_cast<double>(events.postproc_ops) * *cost.element_pj);
  }
}

/// The pooling unit's arithmetic joins post-processing.
void add_pooling(const Events& events, const TechTable& tech, EnergyBreakdown& e) {
  if (events.pool_ops == 0) return;
  if (!tech.pool_op || !tech.pool_mean) {
    e.postproc_pj.reset();
    return;
  }
  const double pj = static_cast<double>(events.pool_ops) * tech.pool_op->value +
                    static_cast<double>(events.pool_means) * tech.pool_mean->value;
  if (e.postproc_pj) e.postproc_pj = checked("postproc", *e.postproc_pj + pj);
}

}  // namespace

EnergyBreakdown energy(const Events& events, std::uint64_t cycles, const ArchConfig& arch,
                       const TechTable& tech, const std::string& posit_mac) {
  EnergyBreakdown e;
  add_logic(events, arch, pe_cost(arch, tech, posit_mac), e);
  add_pooling(events, tech, e);

  const auto time_ns = [&arch](std::uint64_t count) {
    return static_cast<double>(count) * 1000.0 / arch.clock_mhz;
  };
  double leakage_mw = 0.0;          // mW x ns = pJ
  double pooling_leakage_mw = 0.0;  // in pooling layers, beside the rest
  const auto moved = traffic(events);
  const auto memories = macros(arch);
  for (std::size_t b = 0; b < kBuffers; ++b) {
    const SramCost cost = sram_cost(tech, memories[b].capacity_bytes, memories[b].word_bits);
    const auto word = static_cast<double>(memories[b].word_bits);
    e.buffers_pj[b] = checked(memories[b].name, moved[b].read_bits / word * cost.read_pj +
                                                    moved[b].write_bits / word * cost.write_pj);
    e.buffer_pj += e.buffers_pj[b];
    (memories[b].pooling ? pooling_leakage_mw : leakage_mw) +=
        static_cast<double>(memories[b].count) * cost.leakage_mw;
  }
  if (tech.pe_leakage) leakage_mw += tech.pe_leakage->value * arch.rows * arch.cols;
  e.leakage_pj = checked("leakage", leakage_mw * time_ns(cycles) +
                                        pooling_leakage_mw * time_ns(events.pool_cycles));

  const double dram_pj_per_bit = std::sqrt(tech.dram_low.value) * std::sqrt(tech.dram_high.value) /
                                 static_cast<double>(tech.dram_word_bits);
  const double dram_bits =
      (static_cast<double>(events.dram_read_bytes) + static_cast<double>(events.dram_write_bytes)) *
      kBitsPerByte;
  e.dram_pj = checked("dram", dram_bits * dram_pj_per_bit);
  e.total_pj.reset();
  if (e.pe_pj && e.postproc_pj) {
    e.total_pj =
        checked("total", *e.pe_pj + e.buffer_pj + e.dram_pj + *e.postproc_pj + e.leakage_pj);
  }
  return e;
}

std::vector<std::string> energy_notes(const ArchConfig& arch, const TechTable& tech,
                                      const std::string& posit_mac) {
  std::vector<std::string> notes;
  const auto origin = [](const SourcedNumber& n) { return n.node + ", " + n.voltage; };
  const PeCost logic = pe_cost(arch, tech, posit_mac);
  const std::string logic_text =
      logic.origin.empty() ? "" : fmt::format("PE and post-processing at {}, ", logic.origin);
  notes.push_back(fmt::format("energy: {}memories at {}, DRAM at {}: shares of different origin, see "
                              "the table's sources",
                              logic_text, origin(tech.sram.front().read), origin(tech.dram_low)));
  notes.insert(notes.end(), logic.notes.begin(), logic.notes.end());
  for (const Macro& macro : macros(arch)) {
    const SramCost cost = sram_cost(tech, macro.capacity_bytes, macro.word_bits);
    if (cost.small) {
      notes.push_back(fmt::format(
          "energy: {}: macros of {} bytes are below the table's smallest, {}: its energy per "
          "access is used, an upper bound",
          macro.name, macro.capacity_bytes, tech.sram.front().capacity_bytes));
    }
    if (cost.large) {
      notes.push_back(fmt::format(
          "energy: {}: macros of {} bytes are above the table's largest, {}: taken as macros of "
          "that size, wires between them not counted",
          macro.name, macro.capacity_bytes, tech.sram.back().capacity_bytes));
    }
  }
  if (!tech.pool_op || !tech.pool_mean) {
    notes.push_back(fmt::format(
        "energy: table {} has no pool: no energy of pooling layers and no total with them",
        tech.name));
  }
  if (!tech.pe_leakage) notes.push_back("energy: leakage of logic is not modelled");
  return notes;
}

}  // namespace absim::sim
