// SPDX-License-Identifier: Apache-2.0
// The configuration's reader: every key is known, typed and within its range, or the run does not start.
#include "models/train/config.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "models/core/error.hpp"

namespace absim::models::train {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// One map of the file. Keys are taken one after the other; finish() refuses what nobody asked for.
class Section {
 public:
  Section(std::string file, YAML::Node node) : file_(std::move(file)), node_(std::move(node)) {
    if (!node_.IsMap()) fail(node_, "file", "no map of keys", "key: value lines");
  }

  /// A number from low to high.
  template <typename T>
  void take(const std::string& key, T& value, T low, T high) {
    const YAML::Node found = find(key);
    if (!found) return;
    T parsed{};
    try {
      parsed = found.as<T>();
    } catch (const YAML::Exception&) {
      fail(found, key, quoted(found), fmt::format("{} to {}", low, high));
    }
    // yaml-cpp reads "-1" into an unsigned type by wrapping it.
    const bool negative = found.Scalar().find('-') == 0 && low >= T{};
    if (negative || !(parsed >= low && parsed <= high)) fail(found, key, quoted(found), fmt::format("{} to {}", low, high));
    value = parsed;
  }

  /// One of the named choices.
  template <typename T>
  void take_choice(const std::string& key, T& value, const std::map<std::string, T>& choices) {
    const YAML::Node found = find(key);
    if (!found) return;
    const auto choice = found.IsScalar() ? choices.find(found.Scalar()) : choices.end();
    std::string allowed;
    for (const auto& [name, unused] : choices) allowed += (allowed.empty() ? "" : ", ") + name;
    if (choice == choices.end()) fail(found, key, quoted(found), allowed);
    value = choice->second;
  }

  /// A nested map, empty if the key is absent.
  Section take_section(const std::string& key) {
    const YAML::Node found = find(key);
    if (found && !found.IsMap()) fail(found, key, quoted(found), "a map of keys");
    return {file_, found ? found : YAML::Node(YAML::NodeType::Map)};
  }

  void finish() const {
    for (const auto& entry : node_) {
      const std::string key = entry.first.Scalar();
      if (std::count(known_.begin(), known_.end(), key) == 1) continue;
      const auto nearest = std::min_element(known_.begin(), known_.end(), [&](const auto& a, const auto& b) {
        return edit_distance(a, key) < edit_distance(b, key);
      });
      fail(entry.first, key, "unknown key", fmt::format("did you mean '{}'?", *nearest));
    }
  }

  [[noreturn]] void fail(const YAML::Node& at, const std::string& key, const std::string& found,
                         const std::string& allowed) const {
    throw ConfigError(fmt::format("{}:{}:{}: {}: {}; {}{}", file_, at.Mark().line + 1, at.Mark().column + 1, key, found,
                                  allowed.find('?') == std::string::npos ? "allowed: " : "", allowed));
  }

 private:
  YAML::Node find(const std::string& key) {
    known_.push_back(key);
    YAML::Node found;
    std::size_t count = 0;
    for (const auto& entry : node_) {
      if (entry.first.Scalar() != key) continue;
      if (++count > 1) fail(entry.first, key, "comes twice", "once");
      found.reset(entry.second);
    }
    return count == 0 ? YAML::Node(YAML::NodeType::Undefined) : found;
  }
  static std::string quoted(const YAML::Node& node) { return node.IsScalar() ? "'" + node.Scalar() + "'" : "no single value"; }

  std::string file_;
  YAML::Node node_;
  std::vector<std::string> known_;
};

YAML::Node load(const std::string& path, const std::string& text) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw ConfigError(fmt::format("{}:{}:{}: {}; allowed: YAML", path, error.mark.line + 1, error.mark.column + 1, error.msg));
  }
}

void read_augment(Section section, AugmentConfig& augment) {
  section.take<std::size_t>("pad", augment.pad, 0, 16);
  section.take_choice<Flip>("flip", augment.flip,
                            {{"off", Flip::kOff}, {"random", Flip::kRandom}, {"alternating", Flip::kAlternating}});
  section.take<std::size_t>("early_epochs", augment.early_epochs, 0, 1000);
  section.take<std::size_t>("early_crop", augment.early_crop, 8, 32);
  section.finish();
}

void read_optimizer(Section section, OptimizerConfig& optimizer) {
  section.take("learning_rate", optimizer.learning_rate, 1e-6, 10.0);
  section.take("warmup_epochs", optimizer.warmup_epochs, 0.0, 1000.0);
  section.take("momentum", optimizer.momentum, 0.0, 0.999);
  section.take("weight_decay", optimizer.weight_decay, 0.0, 0.1);
  section.take("label_smoothing", optimizer.label_smoothing, 0.0, 0.5);
  section.take("ema_decay", optimizer.ema_decay, 0.0, 0.99999);
  section.finish();
}

}  // namespace

const char* network_name(Network network) {
  switch (network) {
    case Network::kResNet20: return "resnet20";
  }
  throw InvariantError("network out of range");
}

Config read_config(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) throw ConfigError(path + ": cannot be read; a YAML file is needed");
  Config config;
  config.text = text.str();
  Section root(path, load(path, config.text));
  root.take_choice<Network>("network", config.network, {{network_name(Network::kResNet20), Network::kResNet20}});
  root.take<std::uint64_t>("seed", config.seed, 0, 0xffffffff);
  root.take<std::size_t>("epochs", config.epochs, 1, 1000);
  root.take<std::size_t>("batch", config.batch, 1, 4096);
  root.take<std::size_t>("held_out", config.held_out, 10, 10000);
  root.take<std::size_t>("threads", config.threads, 1, 256);
  read_augment(root.take_section("augment"), config.augment);
  read_optimizer(root.take_section("optimizer"), config.optimizer);
  root.finish();
  if (config.held_out % 10 != 0) {
    throw ConfigError(fmt::format("{}: held_out: {}; allowed: a multiple of 10, as many of each class", path, config.held_out));
  }
  if (config.augment.early_crop % 4 != 0) {
    throw ConfigError(fmt::format("{}: augment.early_crop: {}; allowed: a multiple of 4, the network's stride", path,
                                  config.augment.early_crop));
  }
  if (config.optimizer.warmup_epochs >= static_cast<double>(config.epochs)) {
    throw ConfigError(fmt::format("{}: optimizer.warmup_epochs: {}; allowed: less than epochs ({})", path,
                                  config.optimizer.warmup_epochs, config.epochs));
  }
  return config;
}

}  // namespace absim::models::train
