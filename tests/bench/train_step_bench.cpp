// SPDX-License-Identifier: Apache-2.0
// What a number format costs in training: a step with its roundings beside the same step in float.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "models/network/graph.hpp"
#include "models/train/config.hpp"
#include "models/train/graph_net.hpp"
#include "models/train/optimizer.hpp"
#include "models/train/scheme.hpp"

namespace absim::bench {
namespace {

using namespace models;
using namespace models::train;

/// Times of a float step, on one core.
constexpr double kSerialLimit = 3;  // bit-serial weights and DFP
constexpr double kPositLimit = 10;
constexpr std::size_t kAfterWarmup = 1000;  // an epoch in which every method rounds
constexpr std::int64_t kBatch = 128;

/// A network in training; step() is forward pass, backward pass and update.
class Training {
 public:
  Training(const Config& config, std::unique_ptr<Scheme> scheme)
      : scheme_(std::move(scheme)),
        network_(read_graph(config.network), config.learned_norms),
        images_(torch::randn({kBatch, 3, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast)),
        labels_(torch::randint(10, {kBatch}, torch::kLong)) {
    scheme_->enter(0, network_);
    const NamedTensors learning = scheme_->learning(0, network_);
    network_.learn_only(learning);
    sgd_ = std::make_unique<Sgd>(learning, config.optimizer);
  }

  void step() {
    scheme_->before_step(0, ++steps_, network_);
    sgd_->zero_gradients();
    for (const std::vector<unsigned>& group : scheme_->stages()[0].groups) {
      const unsigned length = group.front();
      const std::int64_t size =
          kBatch / static_cast<std::int64_t>(scheme_->stages()[0].groups.size());
      const Pass pass{&scheme_->coder(0, kAfterWarmup, length), scheme_->values_of(length), true};
      const torch::Tensor logits = network_.forward(images_.slice(0, 0, size), pass);
      torch::nn::functional::cross_entropy(logits, labels_.slice(0, 0, size)).backward();
    }
    sgd_->step(kRate);
    scheme_->after_step(0, network_);
  }

 private:
  static constexpr double kRate = 1e-4;  // small: the weights stay as they are at the beginning

  std::unique_ptr<Scheme> scheme_;
  GraphNet network_;
  torch::Tensor images_;
  torch::Tensor labels_;
  std::unique_ptr<Sgd> sgd_;
  std::size_t steps_ = 0;
};

double seconds_of(Training& training) {
  const auto begin = std::chrono::steady_clock::now();
  training.step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Float steps alternate with the method's, so that other work on the machine slows both.
void BM_train_step(benchmark::State& state, const std::string& name, double limit) {
  at::set_num_threads(1);
  torch::manual_seed(1);
  Config config = read_config(ABSIM_SOURCE_DIR "/configs/train/" + name + ".yaml");
  Training method(config, make_scheme(config));
  config.scheme.method = Method::kFloat;
  Training plain(config, make_scheme(config));
  plain.step();
  method.step();
  double float_seconds = 0;
  double method_seconds = 0;
  for (auto _ : state) {
    float_seconds += seconds_of(plain);
    const double seconds = seconds_of(method);
    method_seconds += seconds;
    state.SetIterationTime(seconds);
  }
  const auto steps = static_cast<double>(state.iterations());
  state.counters["float_ms"] = 1e3 * float_seconds / steps;
  state.counters["step_ms"] = 1e3 * method_seconds / steps;
  state.counters["times_float"] = method_seconds / float_seconds;
  state.counters["limit"] = limit;
  state.counters["ratio"] = limit * float_seconds / method_seconds;
}

#define ABSIM_TRAIN_STEP(name, limit)                  \
  BENCHMARK_CAPTURE(BM_train_step, name, #name, limit) \
      ->UseManualTime()                                \
      ->Unit(benchmark::kMillisecond)

ABSIM_TRAIN_STEP(resnet20_progressive, kSerialLimit);
ABSIM_TRAIN_STEP(resnet20_sampled, kSerialLimit);
ABSIM_TRAIN_STEP(resnet8_scaled, kSerialLimit);
ABSIM_TRAIN_STEP(wrn20_1_one_bit, kSerialLimit);
ABSIM_TRAIN_STEP(resnet8_small_dfp, kSerialLimit);
ABSIM_TRAIN_STEP(resnet8_small_sdfp, kSerialLimit);
ABSIM_TRAIN_STEP(resnet8_small_posit8, kPositLimit);
ABSIM_TRAIN_STEP(resnet8_small_posit16, kPositLimit);

}  // namespace
}  // namespace absim::bench
