// SPDX-License-Identifier: Apache-2.0
// What a sweep finds out, as plain data: the runner makes it, the writers of sim/report/ read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/energy/energy.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::sim {

/// A layer, or the whole network. Per image.
struct LayerRow {
  std::string layer;  ///< `total` for the network
  bool pooling = false;  ///< computed by the pooling unit; not in files of results
  std::uint64_t macs = 0;
  std::uint64_t cycles = 0;
  std::uint64_t compute_cycles = 0;  ///< of the array; in a pooling layer of the pooling unit
  StallCycles stalls;  ///< the other cycles, by reason
  double utilization = 0.0;  ///< 0..1: useful operations of lanes / (cycles x rows x cols x lanes)
  double latency_us = 0.0;
  EnergyBreakdown energy;
  [[nodiscard]] std::uint64_t stall_cycles() const { return cycles - compute_cycles; }
};

struct PointResult {
  std::size_t point = 0;
  std::string network;
  std::string dataset;
  std::size_t images = 0;
  std::string arch;
  std::string pe;
  std::string format;  ///< bwb, twos_complement, dfp8, sdfp8, posit8_1, ...: no comma, no blank
  unsigned bits = 8;  ///< B of the dump
  unsigned truncation = 8;
  std::string fidelity;
  double clock_mhz = 0.0;
  double float_top1_percent = 0.0;  ///< of the network before quantisation; 0 where unknown
  double top1_percent = 0.0;
  double top5_percent = 0.0;
  std::size_t cosim_images = 0;  ///< images that a clocked core computed and that agreed; 0 for `fast`
  std::uint64_t cosim_values = 0;  ///< elements of their tensors
  std::uint64_t cosim_cycles = 0;  ///< their clock cycles
  std::vector<std::string> axis_values;  ///< parallel to SweepResult::axes
  std::vector<LayerRow> layers;
  LayerRow total;
};

struct SweepResult {
  std::string name;
  std::vector<std::string> axes;
  std::vector<std::string> notes;  ///< what a reader of the energies must know
  std::vector<PointResult> points;
};

}  // namespace absim::sim
