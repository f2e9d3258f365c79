// SPDX-License-Identifier: Apache-2.0
// The Verilated core (rtl/absim_core.sv) behind the interface of its SystemC twin. No Verilator
// or SystemC header shows here.
#pragma once

#include <memory>
#include <vector>

#include "sim/core/core_ports.hpp"

namespace absim::sim {

/// The Verilated core of an accelerator's shape, reset. Every instance has its own Verilator
/// context, so several may live at once, each used by one thread at a time. Throws ConfigError
/// where the shape is not built, or a buffer is larger than the RTL's; it names the built shapes.
std::unique_ptr<Core> make_verilated_core(const ArchConfig& arch);

/// The built shapes: rows, cols, lanes, act_banks and postproc_lanes, the rest as ArchConfig's
/// defaults.
std::vector<ArchConfig> verilated_core_archs();

}  // namespace absim::sim
