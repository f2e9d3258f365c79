// SPDX-License-Identifier: Apache-2.0
// A small network in a bit-parallel format, for tests of what surrounds the arithmetic: files, sweeps, tables.
#pragma once

#include <cstdint>

#include "models/network/dump.hpp"

namespace absim::test {

/// 11x9x3 input, three convolutions (one with an identity shortcut) and a linear layer; random weights, outputs
/// that use a good part of their range. `beta` is what the dump says its exponents were moved by.
models::QuantizedNetwork make_small_dfp_network(std::uint64_t seed, int beta = 0);
models::QuantizedNetwork make_small_posit_network(std::uint64_t seed, models::PositFormat format);

}  // namespace absim::test
