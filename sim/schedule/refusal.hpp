// SPDX-License-Identifier: Apache-2.0
// Texts of the planner's refusals.
#pragma once

#include <cstdint>
#include <string>

#include "models/network/graph.hpp"

namespace absim::sim {

/// `layer 'conv1' (conv)`: begins a message.
std::string layer_text(const models::Layer& layer);

/// Throws ConfigError: the buffer's bytes are too few for `what`, and how many would do.
[[noreturn]] void refuse_buffer(const std::string& where, const char* buffer, std::uint64_t bytes,
                                const std::string& what, std::uint64_t needed);

}  // namespace absim::sim
