// SPDX-License-Identifier: Apache-2.0
// Ports of Verilated models by bits. Only for .cpp files that hold a model: it includes
// Verilator's headers.
#pragma once

#include <verilated.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace absim::sim {

/// Copies `bytes` bytes into a port, little end first; a wider port's other bits become 0.
template <typename Port>
void store_port(Port& port, const void* source, std::size_t bytes) {
  std::uint64_t word = 0;  // ports of up to 64 bits are unsigned integers
  std::memcpy(&word, source, bytes < sizeof word ? bytes : sizeof word);
  port = static_cast<Port>(word);
}

template <std::size_t kWords>
void store_port(VlWide<kWords>& port, const void* source, std::size_t bytes) {
  if (bytes < kWords * sizeof(EData)) port.m_storage[kWords - 1] = 0;
  std::memcpy(port.m_storage, source, bytes);
}

/// Copies `bytes` bytes out of a port.
template <typename Port>
void load_port(const Port& port, void* target, std::size_t bytes) {
  const std::uint64_t word = port;
  std::memcpy(target, &word, bytes < sizeof word ? bytes : sizeof word);
}

template <std::size_t kWords>
void load_port(const VlWide<kWords>& port, void* target, std::size_t bytes) {
  std::memcpy(target, port.m_storage, bytes);
}

}  // namespace absim::sim
