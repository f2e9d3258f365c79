// SPDX-License-Identifier: Apache-2.0
// ProgressiveNN's training, and training at sampled lengths.
#include <algorithm>
#include <functional>
#include <string>

#include "models/train/bit_serial_schemes.hpp"
#include "models/train/weight_coders.hpp"

namespace absim::models::train {
namespace {

Export bwb_export(const SchemeConfig& scheme) {
  QuantizeOptions options;
  options.format = WeightFormat::kBwb;
  options.bits = scheme.bits;
  options.scale = scheme.scale;
  return {"trained", options};
}

/// A coder for each length; length 0 means all bits.
class BwbCoders {
 public:
  explicit BwbCoders(const SchemeConfig& scheme) {
    for (unsigned t = 1; t <= scheme.bits; ++t)
      coders_.push_back(std::make_unique<BwbCoder>(scheme.scale, t));
  }
  Coder& at(unsigned length) { return length == 0 ? *coders_.back() : *coders_.at(length - 1); }

 private:
  std::vector<std::unique_ptr<BwbCoder>> coders_;
};

/// Stages that train gamma and beta alone, the longest length first.
std::vector<Stage> norm_stages(const Config& config) {
  const NormConfig& norms = config.scheme.norms;
  std::vector<unsigned> lengths = norms.lengths;
  std::sort(lengths.begin(), lengths.end(), std::greater<>());
  OptimizerConfig optimizer = config.optimizer;
  optimizer.learning_rate = norms.rate;
  optimizer.end_rate = 0.0;
  optimizer.warmup_epochs = 0;
  optimizer.restart_epochs = 0;
  optimizer.ema_decay = 0;
  std::vector<Stage> stages;
  for (const unsigned t : lengths) {
    const std::size_t repeats = t == 1 ? norms.repeats_1 : 1;
    stages.push_back(
        {"norms t=" + std::to_string(t), repeats, norms.steps, optimizer, {{t}}, false});
  }
  return stages;
}

/// Of a stage that trains gamma and beta.
unsigned length_of(const Stage& stage) { return stage.groups[0][0]; }

class BwbScheme : public Scheme {
 public:
  explicit BwbScheme(const Config& config) : scheme_(config.scheme), coders_(config.scheme) {
    stages_ = norm_stages(config);
    stages_.insert(stages_.begin(), {"weights", config.epochs, 0, config.optimizer, {{0}}, true});
  }

  /// Each length begins with the values of the next longer one.
  void enter(std::size_t stage, GraphNet& network) override {
    if (stage == 0) return;
    network.add_length(length_of(stages_[stage]), stage == 1 ? 0 : length_of(stages_[stage - 1]));
  }
  [[nodiscard]] NamedTensors learning(std::size_t stage, const GraphNet& network) const override {
    return network.parameters_of(stage == 0 ? 0 : length_of(stages_[stage]));
  }
  Coder& coder(std::size_t /*stage*/, std::size_t /*epoch*/, unsigned length) override {
    return coders_.at(length);
  }
  /// Also with batch-norm statistics alone measured for each length, and with one batch norm for
  /// all.
  [[nodiscard]] std::vector<Export> exports() const override {
    const Export trained = bwb_export(scheme_);
    if (scheme_.norms.lengths.empty()) return {trained};
    Export statistics = trained;
    statistics.norms = "statistics";
    statistics.own_values = false;
    Export untouched = statistics;
    untouched.norms = "untouched";
    untouched.options.reestimate_batch_norm = false;
    untouched.options.alpha = false;
    return {trained, statistics, untouched};
  }

 private:
  SchemeConfig scheme_;
  BwbCoders coders_;
};

class SampledScheme : public Scheme {
 public:
  explicit SampledScheme(const Config& config) : scheme_(config.scheme), coders_(config.scheme) {
    stages_ = norm_stages(config);
    stages_.insert(stages_.begin(),
                   {"sampled", config.epochs, 0, config.optimizer, scheme_.groups, false});
  }

  void enter(std::size_t stage, GraphNet& network) override {
    if (stage > 0) return;
    for (unsigned t = 1; t <= scheme_.bits; ++t)
      if (values_of(t) == t) network.add_length(t);
  }
  [[nodiscard]] NamedTensors learning(std::size_t stage, const GraphNet& network) const override {
    if (stage > 0) return network.parameters_of(length_of(stages_[stage]));
    NamedTensors learning;
    for (const auto& [name, tensor] : network.parameters_of(0))
      if (tensor.dim() > 1) learning[name] = tensor;
    for (unsigned t = 1; t <= scheme_.bits; ++t) learning.merge(network.parameters_of(t));
    return learning;
  }
  Coder& coder(std::size_t /*stage*/, std::size_t /*epoch*/, unsigned length) override {
    return coders_.at(length);
  }
  [[nodiscard]] unsigned values_of(unsigned length) const override {
    return length >= scheme_.shared_norm_from ? scheme_.bits : length;
  }
  /// Lengths that shared values get copies; the longest length's serve the float network too.
  void finish(GraphNet& network) override {
    for (unsigned t = 1; t < scheme_.bits; ++t)
      if (values_of(t) != t) network.add_length(t, scheme_.bits);
    network.use_length_as_common(scheme_.bits);
  }
  [[nodiscard]] std::vector<Export> exports() const override { return {bwb_export(scheme_)}; }

 private:
  SchemeConfig scheme_;
  BwbCoders coders_;
};

}  // namespace

std::unique_ptr<Scheme> make_bwb_scheme(const Config& config) {
  return std::make_unique<BwbScheme>(config);
}

std::unique_ptr<Scheme> make_sampled_scheme(const Config& config) {
  return std::make_unique<SampledScheme>(config);
}

}  // namespace absim::models::train
