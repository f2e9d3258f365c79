// SPDX-License-Identifier: Apache-2.0
// The optimiser against its formulas, on gradients that are given.
#include <catch2/catch.hpp>

#include <cmath>

#include <torch/torch.h>

#include "models/train/optimizer.hpp"

namespace {

using namespace absim::models::train;

constexpr double kRate = 0.5;

/// A matrix (decays) and a vector (does not), with gradients (3, 0; 0, 4) and (12): together 13
/// long.
NamedTensors parameters() {
  NamedTensors all{{"matrix", torch::full({2, 2}, 2.0, torch::requires_grad())},
                   {"vector", torch::full({1}, 2.0, torch::requires_grad())}};
  all["matrix"].mutable_grad() = torch::tensor({{3.0F, 0.0F}, {0.0F, 4.0F}});
  all["vector"].mutable_grad() = torch::tensor({12.0F});
  return all;
}

OptimizerConfig plain() {
  OptimizerConfig config;
  config.momentum = 0;
  config.weight_decay = 0;
  return config;
}

double moved(const NamedTensors& all, const char* name, std::int64_t index) {
  return 2.0 - all.at(name).detach().flatten()[index].item<double>();
}

}  // namespace

TEST_CASE("Long gradients are cut to the longest allowed, all parameters together", "[train]") {
  for (const double longest : {0.0, 6.5, 12.9, 13.1, 100.0}) {
    CAPTURE(longest);
    OptimizerConfig config = plain();
    config.clip_norm = longest;
    const NamedTensors all = parameters();
    Sgd(all, config).step(kRate);
    const double part = longest > 0 && longest < 13 ? longest / 13 : 1.0;
    REQUIRE(moved(all, "matrix", 0) == Approx(3 * part * kRate));
    REQUIRE(moved(all, "matrix", 1) == Approx(0).margin(1e-9));
    REQUIRE(moved(all, "matrix", 3) == Approx(4 * part * kRate));
    REQUIRE(moved(all, "vector", 0) == Approx(12 * part * kRate));
  }
}

TEST_CASE("Momentum looks ahead and weights alone decay", "[train]") {
  OptimizerConfig config = plain();
  config.momentum = 0.5;
  config.weight_decay = 0.25;
  const NamedTensors all = parameters();
  Sgd sgd(all, config);
  sgd.step(kRate);
  // Velocity g, step g + g / 2; g = 3 + 0.25 * 2 of the matrix, 12 of the vector.
  REQUIRE(moved(all, "matrix", 0) == Approx(1.5 * 3.5 * kRate));
  REQUIRE(moved(all, "matrix", 1) == Approx(1.5 * 0.5 * kRate));
  REQUIRE(moved(all, "vector", 0) == Approx(1.5 * 12 * kRate));
  REQUIRE(sgd.velocities().at("vector").item<double>() == Approx(12));
}
