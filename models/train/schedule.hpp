// SPDX-License-Identifier: Apache-2.0
// The learning rate of every step.
#pragma once

#include <cstddef>

#include "models/train/config.hpp"

namespace absim::models::train {

/// Linear from a tenth of the peak during the warm-up, then a cosine that ends at 0 after the last
/// step.
double learning_rate(const OptimizerConfig& config, std::size_t step, std::size_t steps_per_epoch,
                     std::size_t epochs);

}  // namespace absim::models::train
