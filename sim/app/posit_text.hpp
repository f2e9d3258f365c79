// SPDX-License-Identifier: Apache-2.0
// Posits for messages, and the parameters n and es of units.
#pragma once

#include <string>

#include "models/formats/posit.hpp"
#include "sim/app/cosim_units.hpp"

namespace absim::app {

/// --param n and es (default 8 and 1). Throws for a format that cannot be.
models::PositFormat posit_format_of(const UnitParameters& parameters);

/// `a7 = -3.125 (sign 1, regime 10, exponent 1, fraction 1001)`: fields of the magnitude, in
/// binary; a field without a bit in the word is `-`.
std::string posit_text(models::PositFormat format, models::PositCode code);

}  // namespace absim::app
