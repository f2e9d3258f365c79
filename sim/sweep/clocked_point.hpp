// SPDX-License-Identifier: Apache-2.0
// Images through a clocked core, checked against the fast model: every tensor, every layer's cycles.
#pragma once

#include <cstdint>

#include "models/network/dump.hpp"
#include "models/network/image_set.hpp"
#include "sim/core/sweep_config.hpp"

namespace absim::sim {

/// What was compared and equal.
struct ClockedCheck {
  std::uint64_t values = 0;  ///< elements of tensors
  std::uint64_t cycles = 0;  ///< clock cycles of the core, of all images
};

/// Runs the first `cosim_images` images of `images` through the core that the point's fidelity names and
/// compares it with exact inference and with the recurrences. A difference is a MismatchError with layer,
/// cycle, signal, expected and found.
ClockedCheck check_clocked(const PointConfig& point, const models::QuantizedNetwork& network,
                           const models::ImageSet& images);

}  // namespace absim::sim
