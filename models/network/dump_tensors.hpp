// SPDX-License-Identifier: Apache-2.0
// The values of a quantised network as named tensors (tensors.safetensors of a dump).
#pragma once

#include <cstdint>
#include <string>

#include "models/network/dump.hpp"
#include "models/network/safetensors.hpp"

namespace absim::models {

inline constexpr const char* kDumpGraphFile = "network.yaml";
inline constexpr const char* kDumpTensorFile = "tensors.safetensors";

/// Bytes of all tensors that the network's graph asks for.
std::uint64_t tensor_bytes(const QuantizedNetwork& network);

TensorFile to_tensors(const QuantizedNetwork& network);

/// Fills input_codes, codes and parameters of a network whose graph and bits are known. Refuses
/// missing, surplus, wrongly typed and wrongly shaped tensors; `path` begins each message.
void from_tensors(TensorFile file, const std::string& path, QuantizedNetwork& network);

}  // namespace absim::models
