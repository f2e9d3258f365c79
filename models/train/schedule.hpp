// SPDX-License-Identifier: Apache-2.0
// The learning rate of every step.
#pragma once

#include <cstddef>

#include "models/train/config.hpp"

namespace absim::models::train {

/// Linear from a tenth of the peak during the warm-up, then a cosine that reaches end_rate after
/// the last step. With restarts: cosines of restart_epochs, 2 restart_epochs, 4 restart_epochs ...,
/// each from the peak to end_rate (Loshchilov and Hutter 2017); the last one is cut off by the end.
double learning_rate(const OptimizerConfig& config, std::size_t step, std::size_t steps_per_epoch,
                     std::size_t epochs);

}  // namespace absim::models::train
