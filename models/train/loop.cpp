// SPDX-License-Identifier: Apache-2.0
// The training loop. The test set is not looked at before the last epoch is done.
#include "models/train/loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/network/cifar10.hpp"
#include "models/train/augment.hpp"
#include "models/train/checkpoint.hpp"
#include "models/train/optimizer.hpp"
#include "models/train/resnet.hpp"
#include "models/train/schedule.hpp"

namespace absim::models::train {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kEvaluationBatch = 250;
constexpr std::int64_t kResNet20Blocks = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

ResNet make_network(Network network) {
  switch (network) {
    case Network::kResNet20:
      return ResNet(kResNet20Blocks);
  }
  throw InvariantError("network out of range");
}

/// A sixth to a third faster on CPUs than the default order.
void use_channels_last(torch::nn::Module& network) {
  for (torch::Tensor& parameter : network.parameters()) {
    if (parameter.dim() == 4)
      parameter.set_data(parameter.detach().contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

/// A buffer of float images [n][side][side][3] seen as a channels-last tensor [n,3,side,side].
torch::Tensor as_input(std::vector<float>& buffer, std::size_t count, std::size_t side) {
  const auto n = static_cast<std::int64_t>(count);
  const auto extent = static_cast<std::int64_t>(side);
  return torch::from_blob(buffer.data(), {n, extent, extent, 3}).permute({0, 3, 1, 2});
}

torch::Tensor as_labels(Span<const std::size_t> indices, const ImageSet& set) {
  torch::Tensor labels = torch::empty({static_cast<std::int64_t>(indices.size())}, torch::kInt64);
  std::int64_t* out = labels.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < indices.size(); ++i) out[i] = set.labels[indices[i]];
  return labels;
}

/// Top-1 in percent, batch norm with running statistics.
double evaluate(ResNet& network, const ImageSet& set, const BatchMaker& maker,
                const std::vector<std::size_t>& indices) {
  const torch::NoGradGuard no_grad;
  network->eval();
  std::vector<float> buffer;
  std::int64_t correct = 0;
  for (std::size_t at = 0; at < indices.size(); at += kEvaluationBatch) {
    const std::size_t count = std::min(kEvaluationBatch, indices.size() - at);
    const auto part = Span<const std::size_t>(indices).subspan(at, count);
    buffer.resize(count * set.image_bytes());
    maker.plain(part, buffer);
    const torch::Tensor logits = network->forward(as_input(buffer, count, set.height));
    correct += logits.argmax(1).eq(as_labels(part, set)).sum().item<std::int64_t>();
  }
  network->train();
  return 100.0 * static_cast<double>(correct) / static_cast<double>(indices.size());
}

std::vector<std::size_t> all_indices(std::size_t count) {
  std::vector<std::size_t> indices(count);
  for (std::size_t i = 0; i < count; ++i) indices[i] = i;
  return indices;
}

struct EpochResult {
  double loss = 0;  // mean over the epoch
  double top1 = 0;  // percent, of the augmented training images
};

class Trainer {
 public:
  Trainer(const Config& config, const RunOptions& options)
      : config_(config),
        options_(options),
        set_(read_cifar10_directory(options.data, Split::kTrain)),
        split_(split_held_out(set_, config.held_out, config.seed)),
        maker_(set_, config.augment, config.seed, kCifar10),
        steps_per_epoch_(split_.train.size() / config.batch) {
    if (steps_per_epoch_ == 0)
      throw ConfigError("batch: more than the training images; allowed: at most their number");
    at::set_num_threads(static_cast<int>(config.threads));
    torch::manual_seed(config.seed);
    network_ = make_network(config.network);
    use_channels_last(*network_);
    state_ = network_state(*network_);
    best_ = clone_state(state_);
    sgd_ = std::make_unique<Sgd>(*network_, config.optimizer);
    if (config.optimizer.ema_decay > 0)
      average_ = std::make_unique<WeightAverage>(state_, config.optimizer.ema_decay);
  }

  RunResult run() {
    if (options_.resume) load();
    const std::size_t first = progress_.epochs_done;
    for (std::size_t epoch = first; epoch < config_.epochs; ++epoch) {
      const Clock::time_point start = Clock::now();
      const EpochResult result = train_epoch(epoch);
      const double held_out =
          average_ ? evaluate_average() : evaluate(network_, set_, maker_, split_.held_out);
      keep_if_best(epoch, held_out);
      progress_.epochs_done = epoch + 1;
      save();
      report(epoch, result, held_out, seconds_since(start));
    }
    return finish();
  }

 private:
  [[nodiscard]] std::string path(const char* name) const {
    return (std::filesystem::path(options_.out) / name).string();
  }

  EpochResult train_epoch(std::size_t epoch) {
    network_->train();
    const std::vector<std::size_t> order = epoch_order(split_.train, config_.seed, epoch);
    const std::size_t side = maker_.side(epoch);
    std::vector<float> buffer(config_.batch * side * side * 3);
    const auto loss_options = torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(
        config_.optimizer.label_smoothing);
    const Clock::time_point start = Clock::now();
    double loss_sum = 0;
    std::int64_t correct = 0;
    for (std::size_t step = 0; step < steps_per_epoch_; ++step) {
      const auto part = Span<const std::size_t>(order).subspan(step * config_.batch, config_.batch);
      maker_.augmented(part, epoch, buffer);
      const torch::Tensor labels = as_labels(part, set_);
      const torch::Tensor logits = network_->forward(as_input(buffer, config_.batch, side));
      const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels, loss_options);
      sgd_->zero_gradients();
      loss.backward();
      const std::size_t global_step = epoch * steps_per_epoch_ + step;
      sgd_->step(learning_rate(config_.optimizer, global_step, steps_per_epoch_, config_.epochs));
      if (average_) average_->update(state_, global_step);
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        throw Error(
            fmt::format("epoch {}: step {}: loss {}; allowed: finite (try a smaller learning_rate)",
                        epoch + 1, step, value));
      }
      loss_sum += value;
      correct += logits.argmax(1).eq(labels).sum().item<std::int64_t>();
      show_step(epoch, step + 1, loss_sum, start);
    }
    const double steps = static_cast<double>(steps_per_epoch_);
    return {loss_sum / steps,
            100.0 * static_cast<double>(correct) / (steps * static_cast<double>(config_.batch))};
  }

  double evaluate_average() {
    const NamedTensors own = clone_state(state_);  // to come back to
    copy_state(average_->state(), state_);
    const double top1 = evaluate(network_, set_, maker_, split_.held_out);
    copy_state(own, state_);
    return top1;
  }

  /// The average is what is measured and kept, where there is one.
  void keep_if_best(std::size_t epoch, double top1) {
    if (top1 < progress_.best_held_out) return;  // of equals the later one
    progress_.best_held_out = top1;
    progress_.best_epoch = epoch + 1;
    copy_state(average_ ? average_->state() : state_, best_);
  }

  void save() const {
    TensorFile file;
    put_state(state_, "", file);
    put_state(best_, "best.", file);
    put_state(sgd_->velocities(), "velocity.", file);
    if (average_) put_state(average_->state(), "average.", file);
    write_checkpoint(path("checkpoint.safetensors"), std::move(file), progress_, config_.text);
  }

  void load() {
    const std::string from = path("checkpoint.safetensors");
    const TensorFile file = read_checkpoint(from, config_.text, progress_);
    get_state(file, from, "", state_);
    get_state(file, from, "best.", best_);
    get_state(file, from, "velocity.", sgd_->velocities());
    if (average_) get_state(file, from, "average.", average_->state());
  }

  /// A line that overwrites itself, on a terminal; a plain line each 50 steps of the first epoch
  /// otherwise.
  void show_step(std::size_t epoch, std::size_t step, double loss_sum,
                 Clock::time_point start) const {
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    if (options_.quiet || step % (terminal ? 10 : 50) != 0 || (!terminal && epoch != 0)) return;
    const double per_step = seconds_since(start) / static_cast<double>(step);
    const double left =
        per_step * static_cast<double>((config_.epochs - epoch) * steps_per_epoch_ - step);
    fmt::print(stderr, "{}epoch {}/{} step {}/{} loss {:.3f}, {:.0f} images/s, {:.0f} min left{}",
               terminal ? "\r" : "", epoch + 1, config_.epochs, step, steps_per_epoch_,
               loss_sum / static_cast<double>(step), static_cast<double>(config_.batch) / per_step,
               left / 60, terminal ? "  " : "\n");
    std::fflush(stderr);
  }

  void report(std::size_t epoch, const EpochResult& result, double held_out, double seconds) const {
    const std::string log = path("log.csv");
    const bool fresh = epoch == 0 || !std::filesystem::exists(log);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(
        std::fopen(log.c_str(), fresh ? "w" : "a"), &std::fclose);
    if (!out) throw Error(log + ": cannot be written; a writable place is needed");
    if (fresh)
      fmt::print(out.get(), "epoch,rate_end,train_loss,train_top1,held_out_top1,seconds\n");
    const double rate = learning_rate(config_.optimizer, (epoch + 1) * steps_per_epoch_,
                                      steps_per_epoch_, config_.epochs);
    fmt::print(out.get(), "{},{:.6f},{:.4f},{:.2f},{:.2f},{:.1f}\n", epoch + 1, rate, result.loss,
               result.top1, held_out, seconds);
    if (options_.quiet) return;
    fmt::print(stderr,
               "{}epoch {}/{}: loss {:.4f}, train {:.2f} %, held out {:.2f} %, {:.0f} s, {:.0f} "
               "min left\n",
               ::isatty(STDERR_FILENO) == 1 ? "\r" : "", epoch + 1, config_.epochs, result.loss,
               result.top1, held_out, seconds,
               seconds * static_cast<double>(config_.epochs - epoch - 1) / 60);
    std::fflush(stderr);
  }

  RunResult finish() {
    copy_state(best_, state_);
    const ImageSet test = read_cifar10_directory(options_.data, Split::kTest);
    const BatchMaker maker(test, config_.augment, config_.seed, kCifar10);
    const double top1 = evaluate(network_, test, maker, all_indices(test.count));
    TensorFile file;
    put_state(state_, "", file);
    file.metadata = {{"network", network_name(config_.network)},
                     {"dataset", "CIFAR-10"},
                     {"input_mean", fmt::format("{:.5f}", fmt::join(kCifar10.mean, " "))},
                     {"input_std", fmt::format("{:.5f}", fmt::join(kCifar10.std, " "))},
                     {"recipe", config_.text},
                     {"seed", std::to_string(config_.seed)},
                     {"best_epoch", std::to_string(progress_.best_epoch)},
                     {"averaged", average_ ? "yes" : "no"},
                     {"held_out_images", std::to_string(split_.held_out.size())},
                     {"held_out_top1_percent", fmt::format("{:.2f}", progress_.best_held_out)},
                     {"test_images", std::to_string(test.count)},
                     {"test_top1_percent", fmt::format("{:.2f}", top1)},
                     {"program", std::string("absim-train ") + ABSIM_VERSION}};
    const std::string weights =
        path((std::string(network_name(config_.network)) + "_cifar10_float.safetensors").c_str());
    write_safetensors(weights, file);
    return {weights, progress_.best_held_out, top1};
  }

  Config config_;
  RunOptions options_;
  ImageSet set_;
  SplitIndices split_;
  BatchMaker maker_;
  std::size_t steps_per_epoch_;
  ResNet network_{nullptr};
  NamedTensors state_;  // shares memory with network_
  NamedTensors best_;
  std::unique_ptr<Sgd> sgd_;
  std::unique_ptr<WeightAverage> average_;
  Progress progress_;
};

}  // namespace

RunResult run(const Config& config, const RunOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error)
    throw Error(fmt::format("{}: cannot be made ({}); a writable place is needed", options.out,
                            error.message()));
  return Trainer(config, options).run();
}

}  // namespace absim::models::train
