// SPDX-License-Identifier: Apache-2.0
// Scaling bit-progressive training.
#include <cmath>
#include <string>

#include "models/train/bit_serial_schemes.hpp"
#include "models/train/weight_coders.hpp"

namespace absim::models::train {
namespace {

/// Keeps latent weights off the edges of their cells, so that no rounding of a product moves a
/// code. In units of full scale; the finest cell of 8 bits is 2^-7 wide.
constexpr double kMargin = 0x1p-20;
constexpr std::size_t kFactorEpochs = 2;  // of the last stage, for one of each length

class ScaledScheme : public Scheme {
 public:
  explicit ScaledScheme(const Config& config) : scheme_(config.scheme) {
    std::vector<std::vector<unsigned>> all;  // each step sees every length
    for (unsigned t = 1; t <= scheme_.bits; ++t) {
      stages_.push_back(
          {"length " + std::to_string(t), config.epochs, 0, config.optimizer, {{t}}, false});
      all.push_back({t});
    }
    if (scheme_.alpha && !scheme_.norm_per_length) {
      stages_.push_back(
          {"factors", kFactorEpochs * config.epochs, 0, config.optimizer, all, false, true});
    }
  }

  void enter(std::size_t stage, GraphNet& network) override {
    if (stage == 0) fix_scales(network);
    if (is_last(stage)) return refit_factors(network);
    const unsigned t = length_of(stage);
    if (scheme_.norm_per_length) {
      network.add_length(t, t == 1 ? 0 : t - 1);
      network.remove_alpha(t);
    }
    if (scheme_.alpha) network.add_alpha(t, least_squares(network, t));
  }

  /// In the last stage weights and batch norm are those of all bits: only factors learn.
  [[nodiscard]] NamedTensors learning(std::size_t stage, const GraphNet& network) const override {
    NamedTensors learning;
    for (unsigned t = 1; t <= scheme_.bits; ++t)
      if (is_last(stage) || t == length_of(stage)) learning.merge(network.parameters_of(t));
    if (is_last(stage)) return learning;
    for (const auto& [name, tensor] : network.parameters_of(0))
      if (tensor.dim() > 1 || !scheme_.norm_per_length) learning[name] = tensor;
    return learning;
  }

  Coder& coder(std::size_t /*stage*/, std::size_t /*epoch*/, unsigned length) override {
    return *coders_.at((length == 0 ? scheme_.bits : length) - 1);
  }

  void before_step(std::size_t stage, std::size_t /*step*/, const GraphNet& network) override {
    if (is_last(stage) || cells_of_ == stage + 1) return;
    cells_ = cells(network, length_of(stage));
    cells_of_ = stage + 1;
  }
  void after_step(std::size_t stage, GraphNet& network) override {
    if (is_last(stage)) return;
    const torch::NoGradGuard no_grad;
    for (const auto& [name, cell] : cells_) {
      torch::Tensor weights = network.parameters().at(name);
      weights.copy_(torch::min(torch::max(weights, cell.low), cell.high));
    }
  }

  /// Weights become the values of their codes, which the quantiser codes as they are.
  void finish(GraphNet& network) override { network.code_weights(*coders_.back()); }

  [[nodiscard]] std::vector<Export> exports() const override {
    QuantizeOptions options;
    options.format = scheme_.encoding;
    options.bits = scheme_.bits;
    options.scale = ScaleMode::kPerLayer;
    options.alpha = false;  // the file has the factors, or there are to be none
    options.reestimate_batch_norm = scheme_.norm_per_length;
    return {{"trained", options}};
  }

 private:
  struct Cell {
    torch::Tensor low;
    torch::Tensor high;
  };

  [[nodiscard]] bool is_last(std::size_t stage) const { return stage >= scheme_.bits; }
  [[nodiscard]] unsigned length_of(std::size_t stage) const {
    return static_cast<unsigned>(stage) + 1;
  }

  void fix_scales(GraphNet& network) {
    full_scale_.clear();
    for (const Layer& layer : network.graph().layers) {
      full_scale_.push_back(1.0);
      if (!layer.has_weights()) continue;
      const torch::Tensor w = network.parameters().at(layer.weight).detach();
      torch::Tensor scale = w.abs().max().view({1}).cpu();
      if (scheme_.clip_rms > 0)  // a few large weights would leave short codes little resolution
        scale = torch::min(scale, (w.square().mean().sqrt() * scheme_.clip_rms).view({1}).cpu());
      full_scale_.back() = static_cast<double>(scale.item<float>());
      network.set_constant(layer.weight + "_scale", scale);
    }
    coders_.clear();
    for (unsigned t = 1; t <= scheme_.bits; ++t)
      coders_.push_back(std::make_unique<FixedScaleCoder>(scheme_.encoding, full_scale_, t));
  }

  /// For the weights that all lengths came to, and one batch norm for all.
  void refit_factors(GraphNet& network) {
    for (unsigned t = 1; t <= scheme_.bits; ++t) network.add_alpha(t, least_squares(network, t));
  }

  /// <w, T_L> / <T_L, T_L> of each layer.
  [[nodiscard]] std::vector<float> least_squares(const GraphNet& network, unsigned t) {
    const torch::NoGradGuard no_grad;
    std::vector<float> alpha(network.graph().layers.size(), 1.0F);
    for (std::size_t i = 0; i < alpha.size(); ++i) {
      const Layer& layer = network.graph().layers[i];
      if (!layer.has_weights()) continue;
      const torch::Tensor w = network.parameters().at(layer.weight).detach();
      const torch::Tensor coded = coders_.at(t - 1)->weights(i, w);
      const auto square = (coded * coded).sum().item<double>();
      if (square > 0) alpha[i] = static_cast<float>((w * coded).sum().item<double>() / square);
    }
    return alpha;
  }

  /// What the t - 1 first bits leave of the range; all of it at t = 1.
  [[nodiscard]] std::map<std::string, Cell> cells(const GraphNet& network, unsigned t) const {
    const torch::NoGradGuard no_grad;
    std::map<std::string, Cell> cells;
    for (std::size_t i = 0; i < network.graph().layers.size(); ++i) {
      const Layer& layer = network.graph().layers[i];
      if (!layer.has_weights()) continue;
      const double step = t == 1 ? 2.0 : std::ldexp(1.0, 2 - static_cast<int>(t));
      const double scale = full_scale_[i];
      const torch::Tensor x =
          network.parameters().at(layer.weight).detach() / static_cast<float>(scale);
      const torch::Tensor low = t == 1 ? torch::full_like(x, -1.0)
                                       : (torch::floor(x / step) * step).clamp(-1.0, 1.0 - step);
      cells[layer.weight] = {(low + kMargin) * scale, (low + step - kMargin) * scale};
    }
    return cells;
  }

  SchemeConfig scheme_;
  std::vector<double> full_scale_;  // [layers]
  std::vector<std::unique_ptr<FixedScaleCoder>> coders_;
  std::map<std::string, Cell> cells_;
  std::size_t cells_of_ = 0;  // stage + 1
};

}  // namespace

std::unique_ptr<Scheme> make_scaled_scheme(const Config& config) {
  return std::make_unique<ScaledScheme>(config);
}

}  // namespace absim::models::train
