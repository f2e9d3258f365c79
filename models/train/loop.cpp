// SPDX-License-Identifier: Apache-2.0
// The training loop. The test set is not looked at before the last epoch is done.
#include "models/train/loop.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/network/graph.hpp"
#include "models/train/augment.hpp"
#include "models/train/batch.hpp"
#include "models/train/checkpoint.hpp"
#include "models/train/data.hpp"
#include "models/train/export.hpp"
#include "models/train/optimizer.hpp"
#include "models/train/run_log.hpp"
#include "models/train/schedule.hpp"
#include "models/train/scheme.hpp"

namespace absim::models::train {
namespace {

constexpr std::uint64_t kLengthStream = 5'000'000'000ULL;
constexpr const char* kCheckpoint = "checkpoint.safetensors";

/// The network that gives soft targets, or nothing.
std::unique_ptr<GraphNet> read_teacher(const Graph& graph, const DistillConfig& distill) {
  if (distill.teacher.empty()) return nullptr;
  auto teacher = std::make_unique<GraphNet>(graph, true);
  get_state(read_safetensors(distill.teacher), distill.teacher, "", teacher->state());
  return teacher;
}

std::vector<std::size_t> all_indices(std::size_t count) {
  std::vector<std::size_t> indices(count);
  for (std::size_t i = 0; i < count; ++i) indices[i] = i;
  return indices;
}

class Trainer {
 public:
  Trainer(const Config& config, const RunOptions& options)
      : config_(config),
        options_(options),
        graph_(read_graph(config.network)),
        data_(read_data(options.data)),
        split_(split_held_out(data_.train, checked_held_out(), config.seed, graph_.classes)),
        normalisation_(normalisation_of(graph_, data_.train)),
        maker_(data_.train, config.augment, config.seed, normalisation_),
        scheme_(make_scheme(config)),
        teacher_(read_teacher(graph_, config.distill)) {
    if (config.train_images != 0) {
      split_.train = take_balanced(split_.train, data_.train, config.train_images, graph_.classes);
    }
    if (split_.train.size() < config.batch)
      throw ConfigError("batch: more than the training images; allowed: at most their number");
    at::set_num_threads(static_cast<int>(config.threads));
    torch::manual_seed(config.seed);
    network_ = std::make_unique<GraphNet>(graph_, config.learned_norms);
    if (!config.start_from.empty())
      get_state(read_safetensors(config.start_from), config.start_from, "", network_->state());
    if (torch::cuda::is_available()) {
      network_->to(torch::kCUDA);
      if (teacher_) teacher_->to(torch::kCUDA);
    }
  }

  RunResult run() {
    const TensorFile checkpoint = options_.resume ? load() : TensorFile();
    const Progress resumed = progress_;
    log_ = std::make_unique<RunLog>(options_.out, !options_.resume, options_.quiet);
    std::ofstream(path("recipe.yaml")) << recipe();
    for (std::size_t s = 0; s < scheme_->stages().size(); ++s) {
      scheme_->enter(s, *network_);
      if (options_.resume && s < resumed.stage) continue;
      begin_stage(s);
      if (options_.resume && s == resumed.stage) restore(checkpoint, resumed);
      train_stage();
    }
    scheme_->finish(*network_);
    return finish();
  }

 private:
  [[nodiscard]] std::size_t checked_held_out() const {
    if (config_.held_out % graph_.classes != 0) {
      throw ConfigError(
          fmt::format("held_out: found {}; allowed: a multiple of {}, as many of "
                      "each class",
                      config_.held_out, graph_.classes));
    }
    return config_.held_out;
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (std::filesystem::path(options_.out) / name).string();
  }

  [[nodiscard]] std::string recipe() const {
    return fmt::format("# seed: {}\n{}", config_.seed, config_.text);
  }

  [[nodiscard]] const Stage& stage() const { return scheme_->stages().at(progress_.stage); }

  [[nodiscard]] std::size_t steps_of(const Stage& stage) const {
    return stage.steps != 0 ? stage.steps : split_.train.size() / config_.batch;
  }

  [[nodiscard]] Position position(std::size_t epoch) const {
    const Stage& now = stage();
    Position at{&now, epoch, steps_of(now), (now.epochs - epoch - 1) * steps_of(now)};
    for (std::size_t s = progress_.stage + 1; s < scheme_->stages().size(); ++s)
      at.steps_after += scheme_->stages()[s].epochs * steps_of(scheme_->stages()[s]);
    return at;
  }

  void begin_stage(std::size_t index) {
    progress_ = Progress();
    progress_.stage = index;
    const NamedTensors learning = scheme_->learning(index, *network_);
    network_->learn_only(learning);
    state_ = network_->state();
    best_ = clone_state(state_);
    sgd_ = std::make_unique<Sgd>(learning, stage().optimizer);
    average_.reset();
    if (stage().optimizer.ema_decay > 0)
      average_ = std::make_unique<WeightAverage>(state_, stage().optimizer.ema_decay);
  }

  void train_stage() {
    for (std::size_t epoch = progress_.epochs_done; epoch < stage().epochs; ++epoch) {
      log_->begin_epoch();
      EpochResult result = train_epoch(epoch);
      result.held_out = average_ ? evaluate_average(epoch) : evaluate_lengths(epoch);
      result.seconds = log_->seconds();
      keep(epoch, result.held_out);
      progress_.epochs_done = epoch + 1;
      save();
      const std::size_t steps = steps_of(stage());
      log_->measurements(position(epoch), scheme_->take_measurements());
      log_->epoch(position(epoch),
                  learning_rate(stage().optimizer, (epoch + 1) * steps, steps, stage().epochs),
                  result);
    }
    copy_state(best_, state_);
  }

  /// Epochs are numbered through all stages for the order and the augmentation of the images.
  [[nodiscard]] std::size_t overall_epoch(std::size_t epoch) const {
    for (std::size_t s = 0; s < progress_.stage; ++s) epoch += scheme_->stages()[s].epochs;
    return epoch;
  }

  EpochResult train_epoch(std::size_t epoch) {
    const std::size_t overall = overall_epoch(epoch);
    const std::vector<std::size_t> order = epoch_order(split_.train, config_.seed, overall);
    const std::size_t side = maker_.side(overall);
    const std::size_t steps = steps_of(stage());
    std::vector<float> buffer(config_.batch * side * side * 3);
    double loss_sum = 0;
    std::int64_t correct = 0;
    for (std::size_t step = 0; step < steps; ++step) {
      const std::size_t batches = order.size() / config_.batch;
      const auto part =
          Span<const std::size_t>(order).subspan(step % batches * config_.batch, config_.batch);
      maker_.augmented(part, overall, buffer);
      const torch::Tensor images = as_input(buffer, config_.batch, side).to(network_->device());
      const torch::Tensor labels = as_labels(part, data_.train).to(network_->device());
      const std::size_t global_step = epoch * steps + step;
      const double loss = learn(global_step, epoch, images, labels, correct);
      if (!std::isfinite(loss)) {
        throw Error(fmt::format(
            "{}: epoch {}: step {}: loss {}; allowed: finite (try a smaller learning_rate)",
            stage().name, epoch + 1, step, loss));
      }
      loss_sum += loss;
      log_->step(position(epoch), step + 1, loss_sum / static_cast<double>(step + 1),
                 config_.batch);
    }
    const auto count = static_cast<double>(steps);
    return {loss_sum / count,
            100.0 * static_cast<double>(correct) / (count * static_cast<double>(config_.batch)), 0,
            0};
  }

  /// One step; returns its loss.
  double learn(std::size_t step, std::size_t epoch, const torch::Tensor& images,
               const torch::Tensor& labels, std::int64_t& correct) {
    const std::vector<std::vector<unsigned>>& groups = stage().groups;
    const torch::Tensor targets = soft_targets(images);
    scheme_->before_step(progress_.stage, step, *network_);
    sgd_->zero_gradients();
    Random random(config_.seed, kLengthStream + progress_.stage * 1'000'000'007ULL + step);
    double loss_sum = 0;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const auto begin = static_cast<std::int64_t>(g * config_.batch / groups.size());
      const auto end = static_cast<std::int64_t>((g + 1) * config_.batch / groups.size());
      const unsigned length = groups[g][random.below(groups[g].size())];
      const torch::Tensor part = images.slice(0, begin, end);
      const torch::Tensor truth = labels.slice(0, begin, end);
      Coder& coder = scheme_->coder(progress_.stage, epoch, length);
      const torch::Tensor logits =
          network_->forward(part, {&coder, scheme_->values_of(length), !stage().fixed_statistics});
      torch::Tensor loss = loss_of(logits, truth, targets, begin, end);
      if (groups.size() > 1)
        loss = loss * (static_cast<double>(end - begin) / static_cast<double>(config_.batch));
      loss.backward();
      loss_sum += loss.item<double>();
      correct += logits.argmax(1).eq(truth).sum().item<std::int64_t>();
    }
    const std::size_t steps = steps_of(stage());
    sgd_->step(learning_rate(stage().optimizer, step, steps, stage().epochs));
    scheme_->after_step(progress_.stage, *network_);
    if (average_) average_->update(state_, step);
    return loss_sum;
  }

  torch::Tensor soft_targets(const torch::Tensor& images) {
    if (!teacher_) return {};
    const torch::NoGradGuard no_grad;
    Coder identity;
    return torch::softmax(
        teacher_->forward(images, {&identity, 0, false}) / config_.distill.temperature, 1);
  }

  [[nodiscard]] torch::Tensor loss_of(const torch::Tensor& logits, const torch::Tensor& labels,
                                      const torch::Tensor& targets, std::int64_t begin,
                                      std::int64_t end) const {
    const auto options = torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(
        config_.optimizer.label_smoothing);
    const torch::Tensor hard = torch::nn::functional::cross_entropy(logits, labels, options);
    if (!targets.defined()) return hard;
    const double temperature = config_.distill.temperature;
    const torch::Tensor soft = torch::kl_div(torch::log_softmax(logits / temperature, 1),
                                             targets.slice(0, begin, end), at::Reduction::Sum) /
                               (end - begin);
    return hard * (1 - config_.distill.weight) +
           soft * (config_.distill.weight * temperature * temperature);
  }

  /// Mean of the stage's lengths.
  double evaluate_lengths(std::size_t epoch) {
    std::set<unsigned> lengths;
    for (const std::vector<unsigned>& group : stage().groups)
      lengths.insert(group.begin(), group.end());
    double sum = 0;
    for (const unsigned t : lengths) {
      sum += top1_percent(evaluate(*network_, scheme_->coder(progress_.stage, epoch, t),
                                   scheme_->values_of(t), data_.train, maker_, split_.held_out));
    }
    return sum / static_cast<double>(lengths.size());
  }

  double evaluate_average(std::size_t epoch) {
    const NamedTensors own = clone_state(state_);  // to come back to
    copy_state(average_->state(), state_);
    const double top1 = evaluate_lengths(epoch);
    copy_state(own, state_);
    return top1;
  }

  /// The average is what is measured and kept, where there is one.
  void keep(std::size_t epoch, double top1) {
    if (stage().choose_best && top1 < progress_.best_held_out) return;  // of equals the later one
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
    write_checkpoint(path(kCheckpoint), std::move(file), progress_, recipe());
  }

  TensorFile load() { return read_checkpoint(path(kCheckpoint), recipe(), progress_); }

  void restore(const TensorFile& file, const Progress& progress) {
    const std::string from = path(kCheckpoint);
    progress_ = progress;
    get_state(file, from, "", state_);
    get_state(file, from, "best.", best_);
    get_state(file, from, "velocity.", sgd_->velocities());
    if (average_) get_state(file, from, "average.", average_->state());
  }

  RunResult finish() {
    state_ = network_->state();
    const BatchMaker maker(data_.test, config_.augment, config_.seed, normalisation_);
    Coder identity;
    RunResult result;
    result.test.push_back(
        {"float", "trained", 0,
         evaluate(*network_, identity, 0, data_.test, maker, all_indices(data_.test.count))});
    const TensorFile file = weight_file(top1_percent(result.test.front().accuracy));
    result.weights =
        path(fmt::format("{}_{}.safetensors", graph_.name, method_name(config_.scheme.method)));
    write_safetensors(result.weights, file);
    bool is_first = true;
    for (Export how : scheme_->exports()) {
      how.options.seed = config_.seed;
      how.options.provenance = fmt::format("absim-train {}, {}, seed {}", ABSIM_VERSION,
                                           method_name(config_.scheme.method), config_.seed);
      QuantizedNetwork dump = make_dump(graph_, file, data_, how);
      dump.float_top1_percent = baseline_percent();
      const std::vector<TestResult> tested = test_dump(dump, data_, how);
      result.test.insert(result.test.end(), tested.begin(), tested.end());
      if (std::exchange(is_first, false)) write_dump(path("dump"), dump, /*overwrite=*/true);
    }
    std::ofstream(path("test.csv")) << results_csv(result.test);
    return result;
  }

  /// Of the float network that training began with, where its file tells.
  [[nodiscard]] double baseline_percent() const {
    if (config_.start_from.empty()) return 0;
    const TensorFile start = read_safetensors(config_.start_from);
    const auto found = start.metadata.find("test_top1_percent");
    return found == start.metadata.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
  }

  [[nodiscard]] TensorFile weight_file(double test_top1) const {
    TensorFile file;
    put_state(state_, "", file);
    file.metadata = {{"network", graph_.name},
                     {"method", method_name(config_.scheme.method)},
                     {"dataset", data_.name},
                     {"input_mean", fmt::format("{:.5f}", fmt::join(normalisation_.mean, " "))},
                     {"input_std", fmt::format("{:.5f}", fmt::join(normalisation_.std, " "))},
                     {"recipe", config_.text},
                     {"seed", std::to_string(config_.seed)},
                     {"best_epoch", std::to_string(progress_.best_epoch)},
                     {"averaged", config_.optimizer.ema_decay > 0 ? "yes" : "no"},
                     {"held_out_images", std::to_string(split_.held_out.size())},
                     {"held_out_top1_percent", fmt::format("{:.2f}", progress_.best_held_out)},
                     {"test_images", std::to_string(data_.test.count)},
                     {"test_top1_percent", fmt::format("{:.2f}", test_top1)},
                     {"program", std::string("absim-train ") + ABSIM_VERSION}};
    return file;
  }

  Config config_;
  RunOptions options_;
  Graph graph_;
  DataSet data_;
  SplitIndices split_;
  Normalisation normalisation_;
  BatchMaker maker_;
  std::unique_ptr<Scheme> scheme_;
  std::unique_ptr<GraphNet> teacher_;
  std::unique_ptr<GraphNet> network_;
  NamedTensors state_;  // shares memory with network_
  NamedTensors best_;
  std::unique_ptr<Sgd> sgd_;
  std::unique_ptr<WeightAverage> average_;
  std::unique_ptr<RunLog> log_;
  Progress progress_;
};

/// A checkpoint is hours of work: nobody begins anew over it by mistake.
void check_target(const RunOptions& options) {
  const std::string checkpoint = (std::filesystem::path(options.out) / kCheckpoint).string();
  if (!options.resume && !options.force && std::filesystem::exists(checkpoint)) {
    throw ConfigError(checkpoint +
                      ": there already; --resume goes on from it, --force begins anew");
  }
}

}  // namespace

RunResult run(const Config& config, const RunOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error)
    throw Error(fmt::format("{}: cannot be made ({}); a writable place is needed", options.out,
                            error.message()));
  check_target(options);
  return Trainer(config, options).run();
}

}  // namespace absim::models::train
