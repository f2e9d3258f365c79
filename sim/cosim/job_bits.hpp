// SPDX-License-Identifier: Apache-2.0
// A job descriptor as the bits of absim_pkg::job_t.
#pragma once

#include <array>
#include <cstdint>

#include "sim/schedule/job.hpp"

namespace absim::sim {

inline constexpr unsigned kJobBits = 440;
using JobBits = std::array<std::uint32_t, (kJobBits + 31) / 32>;  // bit 0 first

/// Throws ConfigError for a field that its register cannot hold.
JobBits pack_job(const JobDescriptor& job);

}  // namespace absim::sim
