// SPDX-License-Identifier: Apache-2.0
#include "sim/energy/tech_table.hpp"

#include <cstdlib>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "models/core/yaml_reader.hpp"

namespace absim::sim {
namespace {

using models::YamlMap;
using models::YamlValue;

constexpr std::uint64_t kMaxCapacityBytes = 1ULL << 40;
constexpr std::uint64_t kMaxWordBits = 1ULL << 20;
constexpr std::size_t kMaxRows = 1000;

/// `45 nm`: a positive number, a blank, the unit.
std::string read_quantity(YamlMap& map, const std::string& key, const std::string& unit) {
  const YamlValue value = map.required(key);
  const std::string text = value.as_text();
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool positive = number > 0.0 && number < std::numeric_limits<double>::infinity();
  if (end == text.c_str() || !positive || " " + unit != end) {
    value.fail(fmt::format("a positive number and its unit, such as '45 {}'", unit));
  }
  return text;
}

SourcedNumber read_number(const YamlValue& value, const std::string& unit) {
  if (!value.is_map()) value.fail("a map of value, unit, source, node, voltage, method");
  YamlMap map(value);
  SourcedNumber number;
  number.value = map.required_number("value", 0.0, std::numeric_limits<double>::max());
  const YamlValue found_unit = map.required("unit");
  number.unit = found_unit.as_text();
  if (number.unit != unit) found_unit.fail(unit);
  number.source = map.required_text("source");
  number.node = read_quantity(map, "node", "nm");
  number.voltage = read_quantity(map, "voltage", "V");
  number.method = map.required_text("method");
  map.finish();
  return number;
}

void read_pe(const YamlValue& value, TechTable& tech) {
  YamlMap map(value);
  tech.pe_lane_bit = read_number(map.required("lane_bit"), "pJ");
  tech.pe_accumulate = read_number(map.required("accumulate"), "pJ");
  if (const auto leakage = map.optional("leakage")) tech.pe_leakage = read_number(*leakage, "mW");
  map.finish();
}

void read_postproc(const YamlValue& value, TechTable& tech) {
  YamlMap map(value);
  tech.postproc_element = read_number(map.required("element"), "pJ");
  map.finish();
}

void read_dram(const YamlValue& value, TechTable& tech) {
  YamlMap map(value);
  tech.dram_word_bits = map.required_uint("word_bits", 1, kMaxWordBits);
  tech.dram_low = read_number(map.required("low"), "pJ");
  tech.dram_high = read_number(map.required("high"), "pJ");
  map.finish();
  if (tech.dram_low.value > tech.dram_high.value) {
    map.fail_rule("low", fmt::format("found {}; allowed: at most high, {}", tech.dram_low.value,
                                     tech.dram_high.value));
  }
}

SramRow read_row(const YamlValue& value) {
  YamlMap map(value);
  SramRow row;
  row.capacity_bytes = map.required_uint("capacity_bytes", 1, kMaxCapacityBytes);
  row.word_bits = map.required_uint("word_bits", 1, kMaxWordBits);
  row.read = read_number(map.required("read"), "pJ");
  row.write = read_number(map.required("write"), "pJ");
  row.leakage = read_number(map.required("leakage"), "mW");
  map.finish();
  for (const auto& [key, number] : {std::pair{"read", &row.read}, std::pair{"write", &row.write},
                                    std::pair{"leakage", &row.leakage}}) {
    // The interpolation takes logarithms.
    if (number->value <= 0.0) map.fail_rule(key, "found 0; allowed: more than 0");
  }
  return row;
}

/// Rows form a grid: every capacity with the widths of the first one, in rising order.
void read_sram(const YamlValue& value, TechTable& tech) {
  const std::vector<YamlValue> rows = value.as_list(1, kMaxRows);
  std::size_t widths = 0;
  for (const YamlValue& item : rows) {
    const SramRow row = read_row(item);
    const std::size_t i = tech.sram.size();
    if (widths == 0 && i > 0 && row.capacity_bytes != tech.sram.front().capacity_bytes) widths = i;
    bool good = true;
    if (widths > 0) {
      const std::uint64_t width = tech.sram[i % widths].word_bits;
      const std::uint64_t before = tech.sram[i - 1].capacity_bytes;
      good = row.word_bits == width &&
             (i % widths == 0 ? row.capacity_bytes > before : row.capacity_bytes == before);
    } else if (i > 0) {
      good = row.word_bits > tech.sram[i - 1].word_bits;
    }
    if (!good) {
      YamlMap(item).fail_rule("capacity_bytes",
                              fmt::format("found {} bytes x {} bits; allowed: every capacity "
                                          "with the same word widths, rising",
                                          row.capacity_bytes, row.word_bits));
    }
    tech.sram.push_back(row);
  }
  if (widths > 0 && tech.sram.size() % widths != 0) {
    value.fail_rule(fmt::format("the last capacity has {} of {} word widths",
                                tech.sram.size() % widths, widths));
  }
}

}  // namespace

std::vector<const SourcedNumber*> TechTable::numbers() const {
  std::vector<const SourcedNumber*> list{&pe_lane_bit, &pe_accumulate};
  if (pe_leakage) list.push_back(&*pe_leakage);
  list.push_back(&postproc_element);
  for (const SramRow& row : sram) list.insert(list.end(), {&row.read, &row.write, &row.leakage});
  list.insert(list.end(), {&dram_low, &dram_high});
  return list;
}

TechTable read_tech(const std::string& path) {
  const models::YamlDocument document = models::read_yaml(path);
  YamlMap map(document);
  TechTable tech;
  tech.name = map.required_text("name");
  read_pe(map.required("pe"), tech);
  read_postproc(map.required("postproc"), tech);
  read_sram(map.required("sram"), tech);
  read_dram(map.required("dram"), tech);
  map.finish();
  return tech;
}

}  // namespace absim::sim
