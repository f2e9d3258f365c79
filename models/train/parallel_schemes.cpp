// SPDX-License-Identifier: Apache-2.0
#include "models/train/parallel_schemes.hpp"

#include "models/network/graph.hpp"
#include "models/train/parallel_coder.hpp"

namespace absim::models::train {
namespace {

/// Float for the first epochs, then the format.
class ParallelScheme : public Scheme {
 public:
  ParallelScheme(const Config& config, const ParallelFormats& formats,
                 const QuantizeOptions& options, std::size_t warmup_epochs)
      : coder_(read_graph(config.network), formats, config.seed),
        options_(options),
        warmup_epochs_(warmup_epochs) {
    options_.calibration_images = kParallelCalibrationImages;
    options_.reestimate_batch_norm = false;  // the trained statistics are those of this format
    stages_.push_back({"weights", config.epochs, 0, config.optimizer, {{0}}, true});
  }
  Coder& coder(std::size_t /*stage*/, std::size_t epoch, unsigned /*length*/) override {
    if (epoch < warmup_epochs_) return float_;
    return coder_;
  }
  void before_step(std::size_t /*stage*/, std::size_t step, const GraphNet& /*network*/) override {
    coder_.begin_step(step);
  }
  [[nodiscard]] std::vector<Export> exports() const override { return {{"trained", options_}}; }
  std::vector<std::string> take_measurements() override { return coder_.take_measurements(); }

 private:
  Coder float_;
  ParallelCoder coder_;
  QuantizeOptions options_;
  std::size_t warmup_epochs_;
};

RounderConfig dfp_rounder(const DfpClassConfig& config, TensorRole role) {
  RounderConfig rounder;
  rounder.format.format = WeightFormat::kDfp;
  rounder.format.exponents = config.exponent;
  rounder.format.rounding = config.rounding;
  rounder.role = role;
  return rounder;
}

RounderConfig posit_rounder(const PositConfig& config, PositFormat format, TensorRole role) {
  RounderConfig rounder;
  rounder.format.format = WeightFormat::kPosit;
  rounder.format.posit = format;
  rounder.format.bits = format.n;
  rounder.format.posit_sigma = config.sigma;
  rounder.format.posit_scale = config.scaling;
  rounder.posit_mode = config.mode;
  rounder.role = role;
  return rounder;
}

}  // namespace

std::unique_ptr<Scheme> make_dfp_scheme(const Config& config) {
  const SchemeConfig& scheme = config.scheme;
  const ParallelFormats formats{dfp_rounder(scheme.weights, TensorRole::kWeights),
                                dfp_rounder(scheme.activations, TensorRole::kSigned),
                                dfp_rounder(scheme.gradients, TensorRole::kSigned),
                                dfp_rounder(scheme.gradients, TensorRole::kSigned)};
  QuantizeOptions options;
  options.format = WeightFormat::kDfp;
  options.exponents = scheme.activations.exponent;
  return std::make_unique<ParallelScheme>(config, formats, options, 0);
}

std::unique_ptr<Scheme> make_posit_scheme(const Config& config) {
  const PositConfig& posit = config.scheme.posit;
  const ParallelFormats formats{posit_rounder(posit, posit.weights, TensorRole::kWeights),
                                posit_rounder(posit, posit.activations, TensorRole::kSigned),
                                posit_rounder(posit, posit.errors, TensorRole::kSigned),
                                posit_rounder(posit, posit.weight_gradients, TensorRole::kSigned)};
  QuantizeOptions options;
  options.format = WeightFormat::kPosit;
  options.posit = posit.weights;
  options.posit_scale = posit.scaling;
  options.posit_sigma = posit.sigma;
  options.bits = posit.weights.n;
  return std::make_unique<ParallelScheme>(config, formats, options, posit.warmup_epochs);
}

}  // namespace absim::models::train
