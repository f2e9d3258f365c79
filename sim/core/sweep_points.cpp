// SPDX-License-Identifier: Apache-2.0
// Reads a sweep and multiplies its axes out, case by case.
#include "sim/core/sweep_points.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/error.hpp"
#include "models/core/nearest.hpp"
#include "sim/core/sweep_cases.hpp"

namespace absim::sim {
namespace {

const std::string kSweepPrefix = "sweep.";
const std::string kCasesKey = "cases";

struct Axis {
  std::string key;
  std::vector<Setting> values;
};

/// The scalars of a list, each once.
Axis make_axis(const Setting& setting) {
  Axis axis{setting.key, {}};
  std::set<std::string> seen;
  for (const models::YamlValue& value : setting.value().as_list(1, kMaxPoints)) {
    if (!value.is_scalar()) value.fail("one value");
    if (!seen.insert(value.node().text).second) {
      value.fail_rule(fmt::format("found '{}' again; allowed: each value once",
                                  models::printable(value.node().text)));
    }
    Setting one = setting;
    one.node = value.node();
    axis.values.push_back(std::move(one));
  }
  return axis;
}

struct RawSweep {
  Settings settings;
  std::vector<Axis> axes;        // in the order of the file
  std::vector<SweepCase> cases;  // empty where the sweep has none
};

/// What may stand at the top of a sweep's file, but for `sweep:`.
const std::vector<std::string>& top_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> names = known_keys();
    names.push_back(kCasesKey);
    return names;
  }();
  return keys;
}

/// Checks the key, then sorts the setting into the plain values, the cases or, under `sweep.`, the
/// axes.
void add(RawSweep& raw, Setting setting) {
  if (setting.key.rfind(kSweepPrefix, 0) != 0) {
    check_known(setting, top_keys());
    if (setting.key == kCasesKey) {
      raw.cases = read_cases(setting, known_keys());
    } else {
      raw.settings[setting.key] = std::move(setting);
    }
    return;
  }
  setting.key = setting.key.substr(kSweepPrefix.size());
  check_known(setting, known_keys());
  if (setting.key == "truncation" || setting.key == "name") {
    setting.value().fail_rule("found as an axis; allowed: only beside `sweep:`");
  }
  Axis axis = make_axis(setting);
  for (Axis& other : raw.axes) {
    if (other.key == axis.key) {
      other = std::move(axis);
      return;
    }
  }
  raw.axes.push_back(std::move(axis));
}

/// The command line has the last word: a key that it sets is no longer an axis or a value of cases,
/// and an axis of it no longer a value.
void apply_override(RawSweep& raw, const std::string& text) {
  Setting setting = parse_override(text);
  const bool is_axis = setting.key.rfind(kSweepPrefix, 0) == 0;
  const std::string key = is_axis ? setting.key.substr(kSweepPrefix.size()) : setting.key;
  add(raw, std::move(setting));
  for (SweepCase& one : raw.cases) one.settings.erase(key);
  if (is_axis) {
    raw.settings.erase(key);
    return;
  }
  raw.axes.erase(std::remove_if(raw.axes.begin(), raw.axes.end(),
                                [&](const Axis& axis) { return axis.key == key; }),
                 raw.axes.end());
}

/// A key is a value or an axis, not both.
void check_axes(const RawSweep& raw) {
  const auto refuse = [](const Settings& settings, const std::string& key) {
    const auto both = settings.find(key);
    if (both == settings.end()) return;
    both->second.value().fail_rule("found a value and an axis; allowed: one of them");
  };
  for (const Axis& axis : raw.axes) {
    refuse(raw.settings, axis.key);
    for (const SweepCase& one : raw.cases) refuse(one.settings, axis.key);
  }
}

/// A case laid over the rest of the sweep: what its points have in common, and their axes.
struct Block {
  std::string where;  // begins messages about missing keys
  std::string label;
  Settings settings;
  std::vector<Axis> axes;  // truncation, if given, is the last

  [[nodiscard]] std::size_t points() const {
    std::size_t count = 1;
    for (const Axis& axis : axes) {
      count *= axis.values.size();
      if (count > kMaxPoints) break;
    }
    return count;
  }
};

/// Truncation is an axis of its own, the innermost; one value counts as a list.
Block make_block(const RawSweep& raw, const SweepCase& one, const std::string& file) {
  Block block{one.where.empty() ? file : one.where, one.label, one.settings, raw.axes};
  block.settings.insert(raw.settings.begin(), raw.settings.end());
  const auto found = block.settings.find("truncation");
  if (found == block.settings.end()) return block;
  if (found->second.value().is_scalar()) {
    block.axes.push_back({"truncation", {found->second}});
  } else {
    block.axes.push_back(make_axis(found->second));
  }
  return block;
}

/// Sets every axis to its value at a point of a block; the last axis runs fastest.
PointConfig make_point(const Block& block, std::size_t index, ArchFiles& arch_files) {
  Settings settings = block.settings;
  std::vector<std::string> texts(block.axes.size());
  std::size_t rest = index;
  for (std::size_t i = block.axes.size(); i-- > 0;) {
    const Axis& axis = block.axes[i];
    const Setting& value = axis.values[rest % axis.values.size()];
    rest /= axis.values.size();
    settings[axis.key] = value;
    texts[i] = value.node.text;
  }
  PointConfig point = resolve_point(settings, block.where, arch_files);
  if (settings.count("truncation") != 0) {
    texts.pop_back();
  } else {
    point.truncation_where = block.where + ": truncation";
  }
  point.label = block.label;
  point.axis_values = std::move(texts);
  return point;
}

std::vector<Block> make_blocks(const RawSweep& raw, const std::string& file) {
  if (raw.cases.empty()) return {make_block(raw, {}, file)};
  std::vector<Block> blocks;
  for (const SweepCase& one : raw.cases) blocks.push_back(make_block(raw, one, file));
  return blocks;
}

void check_count(const std::vector<Block>& blocks, const std::string& file) {
  std::size_t count = 0;
  for (const Block& block : blocks) {
    count += block.points();
    if (count <= kMaxPoints) continue;
    throw ConfigError(fmt::format("{}: sweep: found more than {} points; allowed: at most {}", file,
                                  kMaxPoints, kMaxPoints));
  }
}

}  // namespace

SweepConfig read_sweep(const std::string& path, const std::vector<std::string>& overrides) {
  RawSweep raw;
  for (Setting& setting : flatten(models::read_yaml(path), "")) add(raw, std::move(setting));
  for (const std::string& text : overrides) apply_override(raw, text);
  check_axes(raw);
  const std::vector<Block> blocks = make_blocks(raw, path);
  check_count(blocks, path);
  SweepConfig sweep;
  sweep.file = path;
  if (!raw.cases.empty()) sweep.axes.push_back(kLabelKey);
  for (const Axis& axis : raw.axes) sweep.axes.push_back(axis.key);
  ArchFiles arch_files;
  for (const Block& block : blocks) {
    for (std::size_t i = 0; i < block.points(); ++i) {
      PointConfig point = make_point(block, i, arch_files);
      point.index = sweep.points.size();
      if (!raw.cases.empty()) point.axis_values.insert(point.axis_values.begin(), block.label);
      sweep.points.push_back(std::move(point));
    }
  }
  sweep.name = sweep.points.front().name;
  return sweep;
}

void keep_cases(SweepConfig& sweep, const std::vector<std::string>& labels) {
  std::vector<std::string> known;
  for (const PointConfig& point : sweep.points) {
    if (known.empty() || known.back() != point.label) known.push_back(point.label);
  }
  if (known == std::vector<std::string>{""}) known.clear();
  for (const std::string& label : labels) {
    if (std::find(known.begin(), known.end(), label) != known.end()) continue;
    const std::string similar = models::nearest(label, known);
    throw ConfigError(fmt::format("--case: found '{}'{}; allowed: {}", models::printable(label),
                                  similar.empty() ? "" : fmt::format(" (is '{}' meant?)", similar),
                                  known.empty() ? "none, " + sweep.file + " has no cases"
                                                : fmt::format("{}", fmt::join(known, ", "))));
  }
  std::vector<PointConfig> kept;
  for (PointConfig& point : sweep.points) {
    if (std::find(labels.begin(), labels.end(), point.label) == labels.end()) continue;
    point.index = kept.size();
    kept.push_back(std::move(point));
  }
  sweep.points = std::move(kept);
}

}  // namespace absim::sim
