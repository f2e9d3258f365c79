// SPDX-License-Identifier: Apache-2.0
// Strict typed reading of a YAML tree. Every value knows its place; every complaint is a
// ConfigError `file:line:column: key.path: found …; allowed: …`. finish() refuses keys that nobody
// asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/core/yaml_tree.hpp"

namespace absim::models {

/// One value and its key path. Refers to the document, which must live longer.
class YamlValue {
 public:
  explicit YamlValue(const YamlDocument& document);
  YamlValue(const std::string& file, const YamlNode& node, std::string path);

  [[nodiscard]] const YamlNode& node() const { return *node_; }
  [[nodiscard]] const std::string& file() const { return *file_; }
  [[nodiscard]] const std::string& path() const { return path_; }  ///< `layers[2].kernel`
  [[nodiscard]] std::string where() const;  ///< `file:line:column: layers[2].kernel`

  /// Throws `where: found <this value>; allowed: <allowed>`.
  [[noreturn]] void fail(const std::string& allowed) const;
  /// Throws `where: <problem>`, for rules between several values.
  [[noreturn]] void fail_rule(const std::string& problem) const;

  [[nodiscard]] bool is_null() const { return node_->kind == YamlNode::Kind::kNull; }
  [[nodiscard]] bool is_scalar() const { return node_->kind == YamlNode::Kind::kScalar; }
  [[nodiscard]] bool is_list() const { return node_->kind == YamlNode::Kind::kList; }
  [[nodiscard]] bool is_map() const { return node_->kind == YamlNode::Kind::kMap; }

  /// Whole number in decimal digits, min..max.
  [[nodiscard]] std::uint64_t as_uint(std::uint64_t min, std::uint64_t max) const;
  [[nodiscard]] std::int64_t as_int(std::int64_t min, std::int64_t max) const;
  /// Finite decimal number, min..max.
  [[nodiscard]] double as_number(double min, double max) const;
  [[nodiscard]] bool as_flag() const;         ///< true | false
  [[nodiscard]] std::string as_text() const;  ///< not empty, one line; numbers count as text
  /// One of the words; returns its position.
  [[nodiscard]] std::size_t as_choice(const std::vector<std::string>& words) const;
  /// List of min..max elements.
  [[nodiscard]] std::vector<YamlValue> as_list(std::size_t min, std::size_t max) const;

 private:
  [[nodiscard]] std::string found() const;
  const std::string* file_;
  const YamlNode* node_;
  std::string path_;
};

/// The keys of one map. Ask for each key that is allowed, then finish().
class YamlMap {
 public:
  explicit YamlMap(const YamlDocument& document) : YamlMap(YamlValue(document)) {}
  explicit YamlMap(const YamlValue& value);  ///< fails where the value is no map

  [[nodiscard]] const YamlValue& value() const { return value_; }
  std::optional<YamlValue> optional(const std::string& key);
  YamlValue required(const std::string& key);

  std::uint64_t required_uint(const std::string& key, std::uint64_t min, std::uint64_t max);
  std::uint64_t optional_uint(const std::string& key, std::uint64_t min, std::uint64_t max,
                              std::uint64_t fallback);
  double required_number(const std::string& key, double min, double max);
  double optional_number(const std::string& key, double min, double max, double fallback);
  bool optional_flag(const std::string& key, bool fallback);
  std::string required_text(const std::string& key);
  std::string optional_text(const std::string& key, const std::string& fallback = {});

  /// One of `choices`, by its word.
  template <typename E>
  E required_choice(const std::string& key, const std::vector<std::pair<std::string, E>>& choices) {
    return choice(required(key), choices);
  }
  template <typename E>
  E optional_choice(const std::string& key, const std::vector<std::pair<std::string, E>>& choices,
                    E fallback) {
    const std::optional<YamlValue> found = optional(key);
    return found ? choice(*found, choices) : fallback;
  }

  /// A complaint about a key that is there or not: `where` is the key's place, else the map's.
  [[noreturn]] void fail_rule(const std::string& key, const std::string& problem) const;

  /// Refuses a key that was never asked for and names the nearest that was.
  void finish() const;

 private:
  template <typename E>
  static E choice(const YamlValue& value, const std::vector<std::pair<std::string, E>>& choices) {
    std::vector<std::string> words;
    for (const auto& entry : choices) words.push_back(entry.first);
    return choices[value.as_choice(words)].second;
  }
  [[nodiscard]] std::string path_of(const std::string& key) const;

  YamlValue value_;
  std::vector<std::string> asked_;
};

}  // namespace absim::models
