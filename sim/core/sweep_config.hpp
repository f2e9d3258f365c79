// SPDX-License-Identifier: Apache-2.0
// A sweep, resolved to its points. A point is a pure function of its configuration and its input files.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/core/config_key.hpp"

namespace absim::sim {

/// What computes a point: formulas and fast inference, or a clocked core as well.
enum class Fidelity {
  kFast,      ///< recurrences for cycles, vectorised inference for values
  kSystemC,   ///< also the SystemC core on `cosim_images` images, compared
  kRtl,       ///< also the Verilated core
  kLockstep,  ///< both cores side by side, compared in every clock
};
const char* fidelity_name(Fidelity fidelity);

struct PointConfig {
  std::size_t index = 0;
  std::string name;     ///< of the sweep
  std::string network;  ///< directory of a dump
  std::string dataset;  ///< image set
  std::size_t images = 0;  ///< the first so many; 0: all
  std::string arch_file;
  ArchConfig arch;
  std::string tech;
  std::string posit_mac;  ///< the set of `tech` that prices posit products; empty: the table's choice
  Fidelity fidelity = Fidelity::kFast;
  unsigned truncation = 0;  ///< 1..16; 0: not given, the only one of a bit-parallel dump
  std::size_t cosim_images = 1;  ///< 1..1000, images through a clocked core
  std::string label;             ///< of the case; empty where the sweep has no cases
  /// Values of the sweep's axes at this point, in the axes' order, as text.
  std::vector<std::string> axis_values;

  // Where values were given, for complaints that need the input files.
  std::string posit_mac_where;
  std::string truncation_where;
  std::string images_where;
  std::string cosim_images_where;
};

struct SweepConfig {
  std::string name;
  std::string file;
  /// `label`, if there are cases, then the keys under `sweep:`; truncation is not among them.
  std::vector<std::string> axes;
  std::vector<PointConfig> points;  ///< cases outermost, then the first axis; truncation innermost
};

/// Keys of a sweep file; those of the architecture are arch_keys() under `arch.`.
const std::vector<ConfigKey<PointConfig>>& sweep_keys();

/// The most points that one sweep may have.
inline constexpr std::size_t kMaxPoints = 100000;

/// The longest truncation length of any format.
inline constexpr unsigned kMaxTruncation = 16;

/// Reads a sweep and the accelerators it names, applies `key=value` overrides (their paths are relative
/// to the working directory) and forms all points. Throws ConfigError.
SweepConfig read_sweep(const std::string& path, const std::vector<std::string>& overrides);

/// Keeps the points of the cases with these labels. Throws ConfigError for a label that no case has.
void keep_cases(SweepConfig& sweep, const std::vector<std::string>& labels);

/// Everything that determines a point, key by key (`arch.rows`, ...), for manifests.
std::vector<std::pair<std::string, ConfigValue>> resolved_values(const PointConfig& point);

}  // namespace absim::sim
