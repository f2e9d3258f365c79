// SPDX-License-Identifier: Apache-2.0
#include "sim/core/sweep_cases.hpp"

#include <set>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

constexpr std::size_t kMaxCases = 1000;
constexpr std::size_t kMaxLabel = 60;

std::string read_label(const models::YamlValue& value) {
  std::string label = value.as_text();
  if (label.size() > kMaxLabel) value.fail(fmt::format("at most {} characters", kMaxLabel));
  return label;
}

/// What a case without a label is called: its keys and values, but for the truncation lengths,
/// which have a column of their own.
std::string default_label(const std::vector<Setting>& settings, std::size_t index) {
  std::string label;
  for (const Setting& setting : settings) {
    if (setting.key == "truncation" || !setting.value().is_scalar()) continue;
    label += (label.empty() ? "" : ", ") + setting.key + "=" + setting.node.text;
  }
  return label.empty() ? fmt::format("case {}", index + 1) : label;
}

SweepCase read_case(const models::YamlValue& value, const Setting& origin, std::size_t index,
                    const std::vector<std::string>& known) {
  if (!value.is_map()) value.fail("a map of the keys that the case changes");
  SweepCase one;
  one.where = value.where();
  std::vector<Setting> changed;
  for (Setting& setting : flatten({origin.file, value.node()}, "")) {
    setting.directory = origin.directory;
    const bool is_axis = setting.key.rfind("sweep.", 0) == 0;
    if (!is_axis) check_known(setting, known);
    if (is_axis || setting.key == "name") {
      setting.value().fail_rule("found in a case; allowed: only beside `cases:`");
    }
    if (setting.key == kLabelKey) {
      one.label = read_label(setting.value());
    } else {
      changed.push_back(std::move(setting));
    }
  }
  if (one.label.empty()) one.label = default_label(changed, index);
  for (Setting& setting : changed) one.settings[setting.key] = std::move(setting);
  return one;
}

}  // namespace

std::vector<SweepCase> read_cases(const Setting& setting, const std::vector<std::string>& known) {
  std::vector<std::string> allowed = known;
  allowed.push_back(kLabelKey);
  std::vector<SweepCase> cases;
  std::set<std::string> labels;
  for (const models::YamlValue& value : setting.value().as_list(1, kMaxCases)) {
    cases.push_back(read_case(value, setting, cases.size(), allowed));
    if (labels.insert(cases.back().label).second) continue;
    const models::YamlNode* label = value.node().find(kLabelKey);
    const std::string path = value.path() + "." + kLabelKey;
    models::YamlValue(setting.file, label != nullptr ? *label : value.node(), path)
        .fail_rule(fmt::format("found '{}' again; allowed: each label once",
                               models::printable(cases.back().label)));
  }
  return cases;
}

}  // namespace absim::sim
