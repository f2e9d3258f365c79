// SPDX-License-Identifier: Apache-2.0
#include "models/train/scheme.hpp"

#include "models/core/error.hpp"
#include "models/train/bit_serial_schemes.hpp"
#include "models/train/parallel_schemes.hpp"

namespace absim::models::train {
namespace {

class FloatScheme : public Scheme {
 public:
  explicit FloatScheme(const Config& config) {
    Stage stage{"weights", config.epochs, 0, config.optimizer, {{0}}, true};
    stages_.push_back(std::move(stage));
  }
  Coder& coder(std::size_t /*stage*/, std::size_t /*epoch*/, unsigned /*length*/) override {
    return coder_;
  }

 private:
  Coder coder_;
};

}  // namespace

std::unique_ptr<Scheme> make_scheme(const Config& config) {
  switch (config.scheme.method) {
    case Method::kFloat:
      return std::make_unique<FloatScheme>(config);
    case Method::kBwb:
      return make_bwb_scheme(config);
    case Method::kBwbSampled:
      return make_sampled_scheme(config);
    case Method::kScaled:
      return make_scaled_scheme(config);
    case Method::kOneBit:
      return make_one_bit_scheme(config);
    case Method::kDfp:
      return make_dfp_scheme(config);
    case Method::kPosit:
      return make_posit_scheme(config);
  }
  throw InvariantError("method out of range");
}

}  // namespace absim::models::train
