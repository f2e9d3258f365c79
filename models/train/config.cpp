// SPDX-License-Identifier: Apache-2.0
// The configuration's reader: every key is known, typed and within its range, or the run does not
// start.
#include "models/train/config.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/core/yaml_reader.hpp"
#include "models/train/config_scheme.hpp"

namespace absim::models::train {
namespace {

constexpr std::uint64_t kMaxSeed = 0xffffffff;
constexpr std::uint64_t kMaxEpochs = 1000;
constexpr std::size_t kStride = 4;  // of CIFAR ResNets as a whole

void read_augment(YamlMap map, AugmentConfig& augment) {
  augment.pad = map.optional_uint("pad", 0, 16, augment.pad);
  augment.flip = map.optional_choice<Flip>(
      "flip", {{"off", Flip::kOff}, {"random", Flip::kRandom}, {"alternating", Flip::kAlternating}},
      augment.flip);
  augment.early_epochs = map.optional_uint("early_epochs", 0, kMaxEpochs, augment.early_epochs);
  augment.early_crop = map.optional_uint("early_crop", 8, 32, augment.early_crop);
  augment.cutout = map.optional_uint("cutout", 0, 32, augment.cutout);
  if (augment.early_crop % kStride != 0) {
    map.fail_rule("early_crop",
                  fmt::format("found {}; allowed: a multiple of {}, the network's stride",
                              augment.early_crop, kStride));
  }
  map.finish();
}

void read_optimizer(YamlMap map, OptimizerConfig& optimizer) {
  optimizer.learning_rate =
      map.optional_number("learning_rate", 1e-6, 10.0, optimizer.learning_rate);
  optimizer.end_rate = map.optional_number("end_rate", 0.0, 10.0, optimizer.end_rate);
  optimizer.warmup_epochs =
      map.optional_number("warmup_epochs", 0.0, 1000.0, optimizer.warmup_epochs);
  optimizer.restart_epochs =
      map.optional_uint("restart_epochs", 0, kMaxEpochs, optimizer.restart_epochs);
  optimizer.momentum = map.optional_number("momentum", 0.0, 0.999, optimizer.momentum);
  optimizer.weight_decay = map.optional_number("weight_decay", 0.0, 0.1, optimizer.weight_decay);
  optimizer.label_smoothing =
      map.optional_number("label_smoothing", 0.0, 0.5, optimizer.label_smoothing);
  optimizer.ema_decay = map.optional_number("ema_decay", 0.0, 0.99999, optimizer.ema_decay);
  optimizer.clip_norm = map.optional_number("clip_norm", 0.0, 1e6, optimizer.clip_norm);
  if (optimizer.end_rate > optimizer.learning_rate) {
    map.fail_rule("end_rate", fmt::format("found {}; allowed: at most learning_rate, {}",
                                          optimizer.end_rate, optimizer.learning_rate));
  }
  map.finish();
}

void read_distill(YamlMap map, const std::string& from, DistillConfig& distill) {
  distill.teacher = beside(from, map.required_text("teacher"));
  distill.weight = map.optional_number("weight", 0.0, 1.0, distill.weight);
  distill.temperature = map.optional_number("temperature", 0.1, 100.0, distill.temperature);
  map.finish();
}

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    throw ConfigError(path + ": cannot be read; a YAML file is needed");
  return text.str();
}

}  // namespace

std::string beside(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

Config read_config(const std::string& path) {
  Config config;
  config.text = read_text(path);
  const YamlDocument document = parse_yaml(config.text, path);
  YamlMap map(document);
  config.network = beside(path, map.required_text("network"));
  const std::string start = map.optional_text("start_from");
  if (!start.empty()) config.start_from = beside(path, start);
  config.seed = map.optional_uint("seed", 0, kMaxSeed, config.seed);
  config.epochs = map.optional_uint("epochs", 1, kMaxEpochs, config.epochs);
  config.batch = map.optional_uint("batch", 1, 4096, config.batch);
  config.held_out = map.optional_uint("held_out", 10, 10000, config.held_out);
  config.train_images = map.optional_uint("train_images", 0, 10'000'000, config.train_images);
  config.threads = map.optional_uint("threads", 1, 256, config.threads);
  config.learned_norms = map.optional_flag("learned_norms", config.learned_norms);
  if (const auto augment = map.optional("augment")) read_augment(YamlMap(*augment), config.augment);
  if (const auto optimizer = map.optional("optimizer"))
    read_optimizer(YamlMap(*optimizer), config.optimizer);
  if (const auto scheme = map.optional("scheme")) read_scheme(YamlMap(*scheme), config.scheme);
  if (const auto distill = map.optional("distill"))
    read_distill(YamlMap(*distill), path, config.distill);
  map.finish();
  if (config.optimizer.warmup_epochs >= static_cast<double>(config.epochs)) {
    map.fail_rule("optimizer", fmt::format("warmup_epochs {}; allowed: less than epochs, {}",
                                           config.optimizer.warmup_epochs, config.epochs));
  }
  return config;
}

}  // namespace absim::models::train
