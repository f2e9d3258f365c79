// SPDX-License-Identifier: Apache-2.0
// One bit for each weight.
#include "models/train/bit_serial_schemes.hpp"
#include "models/train/weight_coders.hpp"

namespace absim::models::train {
namespace {

class OneBitScheme : public Scheme {
 public:
  explicit OneBitScheme(const Config& config) {
    stages_.push_back({"weights", config.epochs, 0, config.optimizer, {{0}}, true});
  }
  Coder& coder(std::size_t /*stage*/, std::size_t /*epoch*/, unsigned /*length*/) override {
    return coder_;
  }
  /// Weights become plus or minus the constant. A BWB code of one bit means plus or minus half of
  /// full scale.
  void finish(GraphNet& network) override {
    network.code_weights(coder_);
    for (const Layer& layer : network.graph().layers) {
      if (!layer.has_weights()) continue;
      const double constant = OneBitCoder::constant(network.parameters().at(layer.weight));
      network.set_constant(layer.weight + "_scale", torch::full({1}, 2.0 * constant));
    }
  }
  [[nodiscard]] std::vector<Export> exports() const override {
    QuantizeOptions options;
    options.format = WeightFormat::kBwb;
    options.bits = 1;
    options.scale = ScaleMode::kPerLayer;
    options.alpha = false;
    return {{"trained", options}};
  }

 private:
  OneBitCoder coder_;
};

}  // namespace

std::unique_ptr<Scheme> make_one_bit_scheme(const Config& config) {
  return std::make_unique<OneBitScheme>(config);
}

}  // namespace absim::models::train
