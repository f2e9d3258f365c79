// SPDX-License-Identifier: Apache-2.0
// Strict typed reading of a YAML tree.
#include "models/core/yaml_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/error.hpp"
#include "models/core/nearest.hpp"

namespace absim::models {
namespace {

std::string locate(const std::string& file, const YamlPlace& place, const std::string& path) {
  std::string text = file;
  if (place.line != 0) text += fmt::format(":{}:{}", place.line, place.column);
  if (!path.empty()) text += ": " + printable(path);
  return text;
}

/// The whole text as a number, or nothing.
template <typename T>
std::optional<T> parse(const YamlNode& node) {
  T number{};
  if (node.kind != YamlNode::Kind::kScalar || node.quoted) return {};
  const char* begin = node.text.data();
  const char* end = begin + node.text.size();
  const std::from_chars_result result = std::from_chars(begin, end, number);
  if (result.ec != std::errc{} || result.ptr != end) return {};
  return number;
}

std::string number_range(double min, double max) {
  using Limits = std::numeric_limits<double>;
  if (max < Limits::max()) return fmt::format("a number {}..{}", min, max);
  if (min == Limits::lowest()) return "a finite number";
  if (min == Limits::min()) return "a number greater than 0";
  return fmt::format("a number of at least {}", min);
}

}  // namespace

YamlValue::YamlValue(const YamlDocument& document) : YamlValue(document.file, document.root, "") {}

YamlValue::YamlValue(const std::string& file, const YamlNode& node, std::string path)
    : file_(&file), node_(&node), path_(std::move(path)) {}

std::string YamlValue::where() const { return locate(*file_, node_->place, path_); }

std::string YamlValue::found() const {
  switch (node_->kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return fmt::format("'{}'", printable(node_->text));
    case YamlNode::Kind::kList:
      return fmt::format("a list of {}", node_->items.size());
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return {};
}

void YamlValue::fail(const std::string& allowed) const {
  fail_rule(fmt::format("found {}; allowed: {}", found(), allowed));
}

void YamlValue::fail_rule(const std::string& problem) const {
  throw ConfigError(where() + ": " + problem);
}

std::uint64_t YamlValue::as_uint(std::uint64_t min, std::uint64_t max) const {
  const auto number = parse<std::uint64_t>(*node_);
  if (!number || *number < min || *number > max) {
    fail(fmt::format("a whole number {}..{}", min, max));
  }
  return *number;
}

std::int64_t YamlValue::as_int(std::int64_t min, std::int64_t max) const {
  const auto number = parse<std::int64_t>(*node_);
  if (!number || *number < min || *number > max) {
    fail(fmt::format("a whole number {}..{}", min, max));
  }
  return *number;
}

double YamlValue::as_number(double min, double max) const {
  const auto number = parse<double>(*node_);
  if (!number || !std::isfinite(*number) || *number < min || *number > max) {
    fail(number_range(min, max));
  }
  return *number;
}

bool YamlValue::as_flag() const {
  if (!is_scalar() || node_->quoted || (node_->text != "true" && node_->text != "false")) {
    fail("true or false");
  }
  return node_->text == "true";
}

std::string YamlValue::as_text() const {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (!is_scalar() || node_->text.empty() ||
      std::any_of(node_->text.begin(), node_->text.end(), is_control)) {
    fail("one line of text");
  }
  return node_->text;
}

std::size_t YamlValue::as_choice(const std::vector<std::string>& words) const {
  const auto at = std::find(words.begin(), words.end(), node_->text);
  if (!is_scalar() || at == words.end()) fail(fmt::format("{}", fmt::join(words, " | ")));
  return static_cast<std::size_t>(at - words.begin());
}

std::vector<YamlValue> YamlValue::as_list(std::size_t min, std::size_t max) const {
  if (!is_list() || node_->items.size() < min || node_->items.size() > max) {
    fail(min == max ? fmt::format("a list of {}", min)
                    : fmt::format("a list of {} to {}", min, max));
  }
  std::vector<YamlValue> values;
  values.reserve(node_->items.size());
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    values.emplace_back(*file_, node_->items[i], fmt::format("{}[{}]", path_, i));
  }
  return values;
}

YamlMap::YamlMap(const YamlValue& value) : value_(value) {
  if (!value_.is_map()) value_.fail("a map of keys and values");
}

std::string YamlMap::path_of(const std::string& key) const {
  return value_.path().empty() ? key : value_.path() + "." + key;
}

std::optional<YamlValue> YamlMap::optional(const std::string& key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.push_back(key);
  const YamlNode* node = value_.node().find(key);
  if (node == nullptr) return {};
  return YamlValue(value_.file(), *node, path_of(key));
}

YamlValue YamlMap::required(const std::string& key) {
  const std::optional<YamlValue> found = optional(key);
  if (found) return *found;
  std::string hint;
  std::vector<std::string> unasked;
  for (const std::string& other : value_.node().keys) {
    if (std::find(asked_.begin(), asked_.end(), other) == asked_.end()) unasked.push_back(other);
  }
  const std::string similar = nearest(key, unasked);
  if (!similar.empty()) hint = fmt::format(" (is '{}' meant?)", printable(similar));
  fail_rule(key, fmt::format("found no such key{}; allowed: it is required", hint));
}

std::uint64_t YamlMap::required_uint(const std::string& key, std::uint64_t min, std::uint64_t max) {
  return required(key).as_uint(min, max);
}

std::uint64_t YamlMap::optional_uint(const std::string& key, std::uint64_t min, std::uint64_t max,
                                     std::uint64_t fallback) {
  const std::optional<YamlValue> found = optional(key);
  return found ? found->as_uint(min, max) : fallback;
}

double YamlMap::required_number(const std::string& key, double min, double max) {
  return required(key).as_number(min, max);
}

double YamlMap::optional_number(const std::string& key, double min, double max, double fallback) {
  const std::optional<YamlValue> found = optional(key);
  return found ? found->as_number(min, max) : fallback;
}

bool YamlMap::optional_flag(const std::string& key, bool fallback) {
  const std::optional<YamlValue> found = optional(key);
  return found ? found->as_flag() : fallback;
}

std::string YamlMap::required_text(const std::string& key) { return required(key).as_text(); }

std::string YamlMap::optional_text(const std::string& key, const std::string& fallback) {
  const std::optional<YamlValue> found = optional(key);
  return found ? found->as_text() : fallback;
}

void YamlMap::fail_rule(const std::string& key, const std::string& problem) const {
  const YamlNode* node = value_.node().find(key);
  const YamlPlace place = node != nullptr ? node->place : value_.node().place;
  throw ConfigError(locate(value_.file(), place, path_of(key)) + ": " + problem);
}

void YamlMap::finish() const {
  const YamlNode& node = value_.node();
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i];
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    const std::string similar = nearest(key, asked_);
    throw ConfigError(fmt::format("{}: found an unknown key{}; allowed: {}",
                                  locate(value_.file(), node.items[i].key_place, path_of(key)),
                                  similar.empty() ? "" : fmt::format(" (is '{}' meant?)", similar),
                                  fmt::join(asked_, ", ")));
  }
}

}  // namespace absim::models
