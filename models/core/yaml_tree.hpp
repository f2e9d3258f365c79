// SPDX-License-Identifier: Apache-2.0
// A YAML file as a plain tree that remembers lines and columns. Parsing is strict: one document, no
// duplicate keys, no anchors, aliases or tags, bounded size and depth.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace absim::models {

inline constexpr std::size_t kMaxYamlBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 1000000;

/// Line and column from 1; 0 where the value does not come from a file.
struct YamlPlace {
  unsigned line = 0;
  unsigned column = 0;
};

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::string text;             // kScalar
  bool quoted = false;          // kScalar in quotes or as a block: never a number or a truth value
  std::vector<YamlNode> items;  // kList: elements; kMap: values
  std::vector<std::string> keys;  // kMap: parallel to items, each once, in the order of the file
  YamlPlace place;                // of the value
  YamlPlace key_place;            // of the key, where the node is a value in a map

  /// The value of a key; null where the node is no map or lacks the key.
  [[nodiscard]] const YamlNode* find(const std::string& key) const;
};

struct YamlDocument {
  std::string file;  ///< begins every message
  YamlNode root;
};

/// Throws ConfigError `file:line:column: what was found; allowed: what is allowed`.
YamlDocument read_yaml(const std::string& path);

/// The same from memory; `file` names the text in messages.
YamlDocument parse_yaml(const std::string& text, const std::string& file);

/// Text for a message: one line, printable, at most 80 characters.
std::string printable(const std::string& text);

}  // namespace absim::models
