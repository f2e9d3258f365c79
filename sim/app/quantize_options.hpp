// SPDX-License-Identifier: Apache-2.0
// The options of `absim quantize` as text, and what they mean.
#pragma once

#include <cstdint>
#include <string>

#include "models/quantize/quantize.hpp"
#include "sim/app/command.hpp"

namespace absim::app {

void add_quantize_options(po::options_description& options);

/// Throws UsageError naming the option, what was found and what is allowed.
models::QuantizeOptions quantize_options(const po::variables_map& values);

}  // namespace absim::app
