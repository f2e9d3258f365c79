// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/refusal.hpp"

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::sim {

std::string layer_text(const models::Layer& layer) {
  const char* op = "";
  switch (layer.op) {
    case models::LayerOp::kConv:
      op = "conv";
      break;
    case models::LayerOp::kLinear:
      op = "linear";
      break;
    case models::LayerOp::kMaxPool:
      op = "max_pool";
      break;
    case models::LayerOp::kAvgPool:
      op = "avg_pool";
      break;
  }
  return fmt::format("layer '{}' ({})", layer.name, op);
}

void refuse_buffer(const std::string& where, const char* buffer, std::uint64_t bytes,
                   const std::string& what, std::uint64_t needed) {
  throw ConfigError(fmt::format("{}: {}: {} bytes are too few for {}; at least {} bytes fit", where,
                                buffer, bytes, what, needed));
}

}  // namespace absim::sim
