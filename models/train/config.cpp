// SPDX-License-Identifier: Apache-2.0
// The configuration's reader: every key is known, typed and within its range, or the run does not
// start.
#include "models/train/config.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/core/yaml_reader.hpp"

namespace absim::models::train {
namespace {

constexpr std::uint64_t kMaxSeed = 0xffffffff;
constexpr std::uint64_t kMaxEpochs = 1000;
constexpr std::size_t kClasses = 10;
constexpr std::size_t kStride = 4;  // of the whole network

void read_augment(YamlMap map, AugmentConfig& augment) {
  augment.pad = map.optional_uint("pad", 0, 16, augment.pad);
  augment.flip = map.optional_choice<Flip>(
      "flip", {{"off", Flip::kOff}, {"random", Flip::kRandom}, {"alternating", Flip::kAlternating}},
      augment.flip);
  augment.early_epochs = map.optional_uint("early_epochs", 0, kMaxEpochs, augment.early_epochs);
  augment.early_crop = map.optional_uint("early_crop", 8, 32, augment.early_crop);
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
  optimizer.warmup_epochs =
      map.optional_number("warmup_epochs", 0.0, 1000.0, optimizer.warmup_epochs);
  optimizer.momentum = map.optional_number("momentum", 0.0, 0.999, optimizer.momentum);
  optimizer.weight_decay = map.optional_number("weight_decay", 0.0, 0.1, optimizer.weight_decay);
  optimizer.label_smoothing =
      map.optional_number("label_smoothing", 0.0, 0.5, optimizer.label_smoothing);
  optimizer.ema_decay = map.optional_number("ema_decay", 0.0, 0.99999, optimizer.ema_decay);
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

const char* network_name(Network network) {
  switch (network) {
    case Network::kResNet20:
      return "resnet20";
  }
  throw InvariantError("network out of range");
}

Config read_config(const std::string& path) {
  Config config;
  config.text = read_text(path);
  const YamlDocument document = parse_yaml(config.text, path);
  YamlMap map(document);
  config.network = map.optional_choice<Network>(
      "network", {{network_name(Network::kResNet20), Network::kResNet20}}, config.network);
  config.seed = map.optional_uint("seed", 0, kMaxSeed, config.seed);
  config.epochs = map.optional_uint("epochs", 1, kMaxEpochs, config.epochs);
  config.batch = map.optional_uint("batch", 1, 4096, config.batch);
  config.held_out = map.optional_uint("held_out", 10, 10000, config.held_out);
  config.threads = map.optional_uint("threads", 1, 256, config.threads);
  if (const auto augment = map.optional("augment")) read_augment(YamlMap(*augment), config.augment);
  if (const auto optimizer = map.optional("optimizer"))
    read_optimizer(YamlMap(*optimizer), config.optimizer);
  map.finish();
  if (config.held_out % kClasses != 0) {
    map.fail_rule("held_out",
                  fmt::format("found {}; allowed: a multiple of {}, as many of each class",
                              config.held_out, kClasses));
  }
  if (config.optimizer.warmup_epochs >= static_cast<double>(config.epochs)) {
    map.fail_rule("optimizer", fmt::format("warmup_epochs {}; allowed: less than epochs, {}",
                                           config.optimizer.warmup_epochs, config.epochs));
  }
  return config;
}

}  // namespace absim::models::train
