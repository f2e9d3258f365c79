// SPDX-License-Identifier: Apache-2.0
// The widths of the descriptor's registers (job.hpp), checked.
#pragma once

#include <string>

#include "sim/core/arch_config.hpp"
#include "sim/schedule/job.hpp"

namespace absim::sim {

inline constexpr std::uint32_t kMax16 = 0xFFFF;
inline constexpr std::uint32_t kMax20 = 0xFFFFF;
inline constexpr std::uint32_t kMaxStride = 15;
inline constexpr std::uint32_t kMaxKernel = 255;

/// Throws ConfigError `where: field: found; allowed` for the first field that its register cannot
/// hold.
void check_fields(const JobDescriptor& job, unsigned banks, const std::string& where,
                  PeKind pe = PeKind::kAbs);

}  // namespace absim::sim
