// SPDX-License-Identifier: Apache-2.0
// YAML text to tree, on yaml-cpp's events.
#include "models/core/yaml_tree.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

[[noreturn]] void fail_at(const std::string& file, const YAML::Mark& mark, const std::string& found,
                          const std::string& allowed) {
  throw ConfigError(fmt::format("{}:{}:{}: found {}; allowed: {}", file, mark.line + 1,
                                mark.column + 1, found, allowed));
}

YamlPlace place_of(const YAML::Mark& mark) {
  return {static_cast<unsigned>(mark.line + 1), static_cast<unsigned>(mark.column + 1)};
}

/// Builds the tree. A list or map under construction lies on `open_` until its end comes.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const std::string& file) : file_(file) {}

  [[nodiscard]] YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) fail_at(file_, mark, "a second document", "one document a file");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "?", anchor);
    if (wants_key()) fail_at(file_, mark, "an empty key", "text as key");
    YamlNode node;
    node.place = place_of(mark);
    add(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail_at(file_, mark, "an alias", "values written out (no anchors, no aliases)");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    if (wants_key()) return add_key(mark, value);
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.text = value;
    node.quoted = tag == "!";
    node.place = place_of(mark);
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::set<std::string> seen;  // keys
    bool key_waits = false;      // the last key has no value yet
    YamlPlace key_place;
  };

  [[nodiscard]] bool wants_key() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap &&
           !open_.back().key_waits;
  }
  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
      fail_at(file_, mark, "an anchor", "values written out (no anchors, no aliases)");
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      fail_at(file_, mark, "tag '" + printable(tag) + "'", "no tags");
    }
    if (++nodes_ > kMaxYamlNodes) {
      fail_at(file_, mark, "too many values", fmt::format("at most {}", kMaxYamlNodes));
    }
  }
  void add_key(const YAML::Mark& mark, const std::string& key) {
    Open& map = open_.back();
    if (!map.seen.insert(key).second) {
      fail_at(file_, mark, "key '" + printable(key) + "' again", "each key once");
    }
    map.node.keys.push_back(key);
    map.key_waits = true;
    map.key_place = place_of(mark);
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    check(mark, tag, anchor);
    if (wants_key()) fail_at(file_, mark, "a list or map as key", "text as key");
    if (open_.size() >= kMaxYamlDepth) {
      fail_at(file_, mark, "lists and maps nested too deep",
              fmt::format("at most {} levels", kMaxYamlDepth));
    }
    Open entry;
    entry.node.kind = kind;
    entry.node.place = place_of(mark);
    open_.push_back(std::move(entry));
  }
  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }
  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    node.key_place = parent.key_waits ? parent.key_place : node.place;
    parent.key_waits = false;
    parent.node.items.push_back(std::move(node));
  }

  std::string file_;
  std::vector<Open> open_;
  YamlNode root_;
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(const std::string& key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == key) return &items[i];
  }
  return nullptr;
}

YamlDocument read_yaml(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw ConfigError(path + ": found a directory; allowed: a YAML file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw ConfigError(path + ": found no readable file; allowed: a YAML file");
  std::string text;
  std::array<char, 65536> chunk{};
  while (in && text.size() <= kMaxYamlBytes) {  // a device or a pipe may have no end
    in.read(chunk.data(), chunk.size());
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw ConfigError(path + ": found a read error; allowed: a readable file");
  return parse_yaml(text, path);
}

YamlDocument parse_yaml(const std::string& text, const std::string& file) {
  if (text.size() > kMaxYamlBytes) {
    throw ConfigError(fmt::format("{}: found more than {} bytes; allowed: at most {}", file,
                                  kMaxYamlBytes, kMaxYamlBytes));
  }
  TreeBuilder builder(file);
  try {
    // yaml-cpp 0.7 takes an open quote before a last line break for closed; without the break it
    // does not.
    std::istringstream in(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    fail_at(file, error.mark, "broken YAML: " + printable(error.msg), "well-formed YAML");
  }
  return {file, builder.take()};
}

std::string printable(const std::string& text) {
  constexpr std::size_t kLongest = 80;
  std::string shown;
  for (const char c : text) {
    if (shown.size() >= kLongest) return shown + "...";
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return shown;
}

}  // namespace absim::models
