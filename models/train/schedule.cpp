// SPDX-License-Identifier: Apache-2.0
// Warm-up and cosine (Loshchilov and Hutter 2017, without restarts).
#include "models/train/schedule.hpp"

#include <cmath>

namespace absim::models::train {

double learning_rate(const OptimizerConfig& config, std::size_t step, std::size_t steps_per_epoch,
                     std::size_t epochs) {
  const double warmup = config.warmup_epochs * static_cast<double>(steps_per_epoch);
  const double total = static_cast<double>(steps_per_epoch * epochs);
  const double now = static_cast<double>(step);
  if (now < warmup) return config.learning_rate * (0.1 + 0.9 * now / warmup);
  return config.learning_rate * 0.5 * (1.0 + std::cos(M_PI * (now - warmup) / (total - warmup)));
}

}  // namespace absim::models::train
