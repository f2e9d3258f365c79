// SPDX-License-Identifier: Apache-2.0
// Rules of a quantised network that a reader wants to complain about where they stand in a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "models/network/dump.hpp"

namespace absim::models {

const char* type_name(ElementType type);       // u8, s8, s16, s32
const char* format_name(WeightFormat format);  // bwb, twos_complement

/// What is wrong with the output type of layer `index`, given that the types of all before are
/// sound.
std::optional<std::string> type_problem(const QuantizedNetwork& network, std::size_t index);

/// The largest absolute value that the accumulator of `channel` can take at truncation t, whatever
/// the image: the sum over products of max|a| * (|W_t| + 1). The + 1 covers the doubled sum before
/// a plane.
std::uint64_t accumulator_bound(const QuantizedNetwork& network, std::size_t layer,
                                std::size_t channel, unsigned t);

}  // namespace absim::models
