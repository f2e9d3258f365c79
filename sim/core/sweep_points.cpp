// SPDX-License-Identifier: Apache-2.0
// Reads a sweep and multiplies its axes out.
#include "sim/core/sweep_points.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

const std::string kSweepPrefix = "sweep.";

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
  std::vector<Axis> axes;  // in the order of the file
};

/// Checks the key, then sorts the setting into the plain values or, under `sweep.`, into the axes.
void add(RawSweep& raw, Setting setting) {
  if (setting.key.rfind(kSweepPrefix, 0) != 0) {
    check_known(setting, known_keys());
    raw.settings[setting.key] = std::move(setting);
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

/// A key has one value or is an axis, not both; an override turns either into the other.
void apply_override(RawSweep& raw, const std::string& text) {
  Setting setting = parse_override(text);
  const std::string key = setting.key;
  add(raw, std::move(setting));
  if (key.rfind(kSweepPrefix, 0) == 0) {
    raw.settings.erase(key.substr(kSweepPrefix.size()));
    return;
  }
  raw.axes.erase(std::remove_if(raw.axes.begin(), raw.axes.end(),
                                [&](const Axis& axis) { return axis.key == key; }),
                 raw.axes.end());
}

/// Truncation is an axis of its own, the innermost; one value counts as a list.
Axis truncation_axis(const RawSweep& raw, const std::string& file) {
  const auto found = raw.settings.find("truncation");
  if (found == raw.settings.end()) {
    throw ConfigError(file + ": truncation: found no such key; allowed: it is required");
  }
  if (found->second.value().is_scalar()) return {"truncation", {found->second}};
  return make_axis(found->second);
}

std::size_t count_points(const std::vector<Axis>& axes, const std::string& file) {
  std::size_t count = 1;
  for (const Axis& axis : axes) {
    count *= axis.values.size();
    if (count > kMaxPoints) {
      throw ConfigError(fmt::format("{}: sweep: found more than {} points; allowed: at most {}",
                                    file, kMaxPoints, kMaxPoints));
    }
  }
  return count;
}

/// Sets every axis to its value at a point; the last axis runs fastest.
PointConfig make_point(const RawSweep& raw, const std::vector<Axis>& axes, std::size_t index,
                       const std::string& file, ArchFiles& arch_files) {
  Settings settings = raw.settings;
  std::vector<std::string> texts(axes.size());
  std::size_t rest = index;
  for (std::size_t i = axes.size(); i-- > 0;) {
    const Axis& axis = axes[i];
    const Setting& value = axis.values[rest % axis.values.size()];
    rest /= axis.values.size();
    settings[axis.key] = value;
    texts[i] = value.node.text;
  }
  PointConfig point = resolve_point(settings, file, arch_files);
  texts.pop_back();  // truncation
  point.index = index;
  point.axis_values = std::move(texts);
  return point;
}

}  // namespace

SweepConfig read_sweep(const std::string& path, const std::vector<std::string>& overrides) {
  RawSweep raw;
  for (Setting& setting : flatten(models::read_yaml(path), "")) add(raw, std::move(setting));
  for (const std::string& text : overrides) apply_override(raw, text);
  for (const Axis& axis : raw.axes) {
    const auto both = raw.settings.find(axis.key);
    if (both == raw.settings.end()) continue;
    both->second.value().fail_rule("found a value and an axis; allowed: one of them");
  }
  SweepConfig sweep;
  sweep.file = path;
  for (const Axis& axis : raw.axes) sweep.axes.push_back(axis.key);
  std::vector<Axis> axes = raw.axes;
  axes.push_back(truncation_axis(raw, path));
  const std::size_t count = count_points(axes, path);
  ArchFiles arch_files;
  for (std::size_t i = 0; i < count; ++i) {
    sweep.points.push_back(make_point(raw, axes, i, path, arch_files));
  }
  sweep.name = sweep.points.front().name;
  return sweep;
}

}  // namespace absim::sim
