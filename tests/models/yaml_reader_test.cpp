// SPDX-License-Identifier: Apache-2.0
// Strict YAML: every complaint names file, line, column and key.
#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "models/core/nearest.hpp"
#include "models/core/yaml_reader.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

using namespace absim;
using namespace absim::models;
using absim::test::message_of;
using Catch::Matchers::Contains;

namespace {

std::string parse_message(const std::string& text) {
  return message_of<ConfigError>([&] { parse_yaml(text, "f.yaml"); });
}

template <typename Read>
std::string read_message(const std::string& text, Read&& read) {
  const YamlDocument document = parse_yaml(text, "f.yaml");
  return message_of<ConfigError>([&] {
    YamlMap map(document);
    read(map);
  });
}

}  // namespace

TEST_CASE("yaml: typed values are read as written", "[models][yaml]") {
  const YamlDocument document =
      parse_yaml("a: 12\nb: -3\nc: 1e-3\nd: true\ne: 'x y'\nf: [1, 2]\ng: {h: two}\n", "f.yaml");
  YamlMap map(document);
  CHECK(map.required_uint("a", 0, 12) == 12);
  CHECK(map.required("b").as_int(-3, 0) == -3);
  CHECK(map.required_number("c", 0, 1) == 1e-3);
  CHECK(map.optional_flag("d", false));
  CHECK(map.required_text("e") == "x y");
  CHECK(map.required("f").as_list(2, 2)[1].as_uint(0, 9) == 2);
  YamlMap inner(map.required("g"));
  CHECK(inner.required_choice<int>("h", {{"one", 1}, {"two", 2}}) == 2);
  CHECK(inner.optional_uint("absent", 0, 9, 7) == 7);
  CHECK_NOTHROW(inner.finish());
  CHECK_NOTHROW(map.finish());
}

TEST_CASE("yaml: a wrong value is named with its place and what is allowed",
          "[models][yaml][negative]") {
  const auto uint_of = [](YamlMap& map) { map.required_uint("a", 1, 16); };
  CHECK(read_message("x: 0\na: 17\n", uint_of) ==
        "f.yaml:2:4: a: found '17'; allowed: a whole number 1..16");
  for (const char* text : {"a: 0", "a: -1", "a: 1.5", "a: '8'", "a: 0x8", "a: 8k", "a: [8]",
                           "a: {b: 8}", "a:", "a: 99999999999999999999999"}) {
    CAPTURE(text);
    CHECK_THAT(read_message(text, uint_of), Contains("allowed: a whole number 1..16"));
  }
  CHECK_THAT(
      read_message("a: 2", [](YamlMap& m) { static_cast<void>(m.required("a").as_int(-1, 1)); }),
      Contains("found '2'; allowed: a whole number -1..1"));
  for (const char* text : {"a: .nan", "a: nan", "a: inf", "a: 1e999", "a: 2", "a: x"}) {
    CAPTURE(text);
    CHECK_THAT(read_message(text, [](YamlMap& m) { m.required_number("a", 0, 1); }),
               Contains("allowed: a number 0..1"));
  }
  for (const char* text : {"a: yes", "a: 'true'", "a: 1", "a:"}) {
    CAPTURE(text);
    CHECK_THAT(read_message(text, [](YamlMap& m) { m.optional_flag("a", true); }),
               Contains("allowed: true or false"));
  }
  CHECK_THAT(read_message("a: \"b\\nc\"", [](YamlMap& m) { m.required_text("a"); }),
             Contains("found 'b?c'; allowed: one line of text"));
  CHECK_THAT(
      read_message("a: [1]", [](YamlMap& m) { static_cast<void>(m.required("a").as_list(2, 3)); }),
      Contains("found a list of 1; allowed: a list of 2 to 3"));
  CHECK_THAT(read_message("a: one",
                          [](YamlMap& m) {
                            m.required_choice<int>("a", {{"two", 2}, {"three", 3}});
                          }),
             Contains("f.yaml:1:4: a: found 'one'; allowed: two | three"));
  CHECK(read_message("[1]", [](YamlMap&) {}) ==
        "f.yaml:1:1: found a list of 1; allowed: a map of keys and values");
}

TEST_CASE("yaml: key paths reach into lists and maps", "[models][yaml][negative]") {
  CHECK_THAT(read_message("layers:\n  - {a: 1}\n  - {a: x}\n",
                          [](YamlMap& map) {
                            for (const YamlValue& v : map.required("layers").as_list(0, 9)) {
                              YamlMap(v).required_uint("a", 0, 9);
                            }
                          }),
             Contains("f.yaml:3:9: layers[1].a: found 'x'"));
}

TEST_CASE("yaml: unknown and missing keys suggest the nearest", "[models][yaml][negative]") {
  CHECK(read_message("rows: 1\nlaens: 2\n", [](YamlMap& map) {
          map.required_uint("rows", 0, 9);
          map.optional_uint("lanes", 0, 9, 0);
          map.finish();
        }) == "f.yaml:2:1: laens: found an unknown key (is 'lanes' meant?); allowed: rows, lanes");
  CHECK(read_message("rows: 1\nzzzzzzzz: 2\n", [](YamlMap& map) {
          map.required_uint("rows", 0, 9);
          map.finish();
        }) == "f.yaml:2:1: zzzzzzzz: found an unknown key; allowed: rows");
  CHECK(read_message("chanels: 1\n", [](YamlMap& map) { map.required_uint("channels", 0, 9); }) ==
        "f.yaml:1:1: channels: found no such key (is 'chanels' meant?); allowed: it is required");
}

TEST_CASE("yaml: what is not plain data is refused", "[models][yaml][negative]") {
  CHECK(parse_message("a: 1\na: 2\n") == "f.yaml:2:1: found key 'a' again; allowed: each key once");
  CHECK_THAT(parse_message("a: &x 1\n"), Contains("found an anchor"));
  CHECK_THAT(parse_message("a: *x\n"), Contains("f.yaml:1:"));
  CHECK_THAT(parse_message("a: !!int 1\n"), Contains("found tag"));
  CHECK_THAT(parse_message("a: 1\n---\nb: 2\n"), Contains("found a second document"));
  CHECK_THAT(parse_message("[1]: 2\n"), Contains("found a list or map as key"));
  CHECK_THAT(parse_message(": 2\n"), Contains("found an empty key"));
  CHECK_THAT(parse_message("a: [1, 2\n"), Contains("found broken YAML"));
  CHECK_THAT(parse_message("a: \"b\n"), Contains("found broken YAML"));
}

TEST_CASE("yaml: size and depth are bounded", "[models][yaml][negative]") {
  CHECK_THAT(parse_message(std::string(100000, '[')), Contains("f.yaml:1:"));
  CHECK_THAT(parse_message("a: " + std::string(40, '[') + std::string(40, ']')),
             Contains("nested too deep; allowed: at most 32 levels"));
  CHECK_THAT(parse_message(std::string(kMaxYamlBytes + 1, ' ')),
             Contains("found more than 16777216"));
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxYamlNodes; ++i) many += "1,";
  CHECK_THAT(parse_message(many + "1]"), Contains("found too many values"));
}

TEST_CASE("yaml: unreadable files are named", "[models][yaml][negative]") {
  const test::TempDir dir;
  CHECK(message_of<ConfigError>([&] { read_yaml(dir.path("none.yaml")); }) ==
        dir.path("none.yaml") + ": found no readable file; allowed: a YAML file");
  CHECK_THAT(message_of<ConfigError>([&] { read_yaml(dir.path()); }),
             Contains("found a directory"));
  const std::string empty = dir.write("empty.yaml", "");
  CHECK(message_of<ConfigError>([&] {
          const YamlDocument document = read_yaml(empty);
          YamlMap map(document);
        }) == empty + ": found nothing; allowed: a map of keys and values");
}

TEST_CASE("nearest: edit distance counts insertions, deletions, replacements and swaps",
          "[models]") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("rows", "rows") == 0);
  CHECK(edit_distance("rows", "row") == 1);
  CHECK(edit_distance("rows", "rwos") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(nearest("trunction", {"fidelity", "truncation"}) == "truncation");
  CHECK(nearest("x", {"y", "rows"}).empty());
}
