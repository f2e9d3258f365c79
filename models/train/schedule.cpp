// SPDX-License-Identifier: Apache-2.0
// Warm-up and cosine, with and without restarts (Loshchilov and Hutter 2017).
#include "models/train/schedule.hpp"

#include <cmath>

namespace absim::models::train {

double learning_rate(const OptimizerConfig& config, std::size_t step, std::size_t steps_per_epoch,
                     std::size_t epochs) {
  const double warmup = config.warmup_epochs * static_cast<double>(steps_per_epoch);
  double now = static_cast<double>(step);
  if (now < warmup) return config.learning_rate * (0.1 + 0.9 * now / warmup);
  double length = static_cast<double>(steps_per_epoch * epochs) - warmup;
  now -= warmup;
  if (config.restart_epochs != 0) {
    length = static_cast<double>(config.restart_epochs * steps_per_epoch);
    for (; now >= length; length *= 2) now -= length;
  }
  const double height = config.learning_rate - config.end_rate;
  return config.end_rate + height * 0.5 * (1.0 + std::cos(M_PI * now / length));
}

}  // namespace absim::models::train
