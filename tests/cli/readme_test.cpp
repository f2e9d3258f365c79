// SPDX-License-Identifier: Apache-2.0
// configs/README.md and the code know the same keys, types, units, ranges and defaults.
#include <catch2/catch.hpp>

#include <map>
#include <sstream>

#include "sim/core/arch_keys.hpp"
#include "sim/core/sweep_config.hpp"
#include "tests/support/program.hpp"

using namespace absim;

namespace {

std::string trim(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Rows of the tables of six columns under a heading: key -> the other cells.
std::map<std::string, std::vector<std::string>> table(const std::string& heading) {
  std::istringstream in(test::read_text(ABSIM_SOURCE_DIR "/configs/README.md"));
  std::map<std::string, std::vector<std::string>> rows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("## ", 0) == 0) inside = line.rfind("## " + heading, 0) == 0;
    if (!inside || line.rfind("| `", 0) != 0) continue;
    std::vector<std::string> cells;
    std::istringstream cells_in(line.substr(1));
    for (std::string cell; std::getline(cells_in, cell, '|');) cells.push_back(trim(cell));
    if (cells.size() != 6) continue;
    const std::string key = cells[0].substr(1, cells[0].size() - 2);
    REQUIRE(rows.count(key) == 0);
    rows[key] = {cells.begin() + 1, cells.end()};
  }
  return rows;
}

/// As the table should have it. Keys whose default depends on other files are 0 or empty in the code.
template <typename Config>
std::string default_of(const sim::ConfigKey<Config>& key) {
  if (key.required) return "required";
  if (key.name == "dataset.images") return "all";
  if (key.name == "truncation") return "all bits";
  if (key.name == "tech.posit_mac") return "the table's";
  return sim::to_text(key.show({}));
}

template <typename Config>
void compare(const std::string& heading, const std::vector<sim::ConfigKey<Config>>& keys) {
  const auto rows = table(heading);
  CHECK(rows.size() == keys.size());
  for (const auto& key : keys) {
    CAPTURE(key.name);
    REQUIRE(rows.count(key.name) == 1);
    const std::vector<std::string>& row = rows.at(key.name);
    CHECK(row[0] == key.type);
    CHECK(row[1] == key.unit);
    CHECK(row[2] == key.range);
    CHECK(row[3] == default_of(key));
    CHECK(!row[4].empty());
  }
}

}  // namespace

TEST_CASE("configs/README.md describes every key of a sweep", "[cli]") {
  compare("Sweeps", sim::sweep_keys());
}

TEST_CASE("configs/README.md describes every key of an accelerator", "[cli]") {
  compare("Accelerators", sim::arch_keys());
}

TEST_CASE("every shipped accelerator is accepted and named like its file", "[cli]") {
  for (const char* name : {"abs_16x16x16", "abs_8x8x16", "abs_4x6x8", "abs_3x5x7"}) {
    const sim::ArchConfig arch =
        sim::read_arch(std::string(ABSIM_SOURCE_DIR "/configs/arch/") + name + ".yaml");
    CHECK(arch.name == name);
    CHECK(arch.name == "abs_" + std::to_string(arch.rows) + "x" + std::to_string(arch.cols) + "x" +
                           std::to_string(arch.lanes));
  }
}
