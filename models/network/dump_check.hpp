// SPDX-License-Identifier: Apache-2.0
// Rules of a quantised network that a reader wants to complain about where they stand in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "models/network/dump.hpp"

namespace absim::models {

const char* type_name(ElementType type);       // u8, s8, s16, s32, posit8, posit16
const char* format_name(WeightFormat format);  // bwb, twos_complement, dfp, posit

/// What is wrong with the output type of layer `index`, given that the types of all before are
/// sound.
std::optional<std::string> type_problem(const QuantizedNetwork& network, std::size_t index);

/// The largest absolute value that the accumulator of `channel` can take at truncation t, whatever
/// the image: the sum over products of max|a| * (|W_t| + 1). The + 1 covers the doubled sum before
/// a plane.
std::uint64_t accumulator_bound(const QuantizedNetwork& network, std::size_t layer,
                                std::size_t channel, unsigned t);

/// Smallest and largest input code: 8 bits, or any posit but NaR.
std::pair<std::int32_t, std::int32_t> input_code_range(const QuantizedNetwork& network);

// Bit-parallel formats (dump_check_parallel.cpp).

/// Bits, posit format, rounding.
void check_parallel_format(const QuantizedNetwork& network, const std::string& where);
/// type_problem of layers with weights.
std::optional<std::string> parallel_type_problem(const QuantizedNetwork& network,
                                                 std::size_t index);
/// Codes and parameters of a layer with weights whose sizes and widths are right, and the proof
/// that its sums fit: 32 bits in DFP, the network's quire for posits.
void check_parallel_layer(const QuantizedNetwork& network, std::size_t index,
                          const std::string& where);
/// Bits of a posit network's quire: 4 M + 16.
unsigned network_quire_bits(PositFormat format);

}  // namespace absim::models
