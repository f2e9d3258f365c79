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

// Posit formats that a table may price.
constexpr unsigned kMinPositBits = 3;
constexpr unsigned kMaxPositBits = 16;
constexpr unsigned kMaxPositEs = 2;

constexpr const char* kNotStated = "not stated";

/// The fields of a number, all but `status`. Where `any_voltage`, the source need not state one.
SourcedNumber read_fields(YamlMap& map, const std::string& unit, bool any_voltage) {
  SourcedNumber number;
  number.value = map.required_number("value", 0.0, std::numeric_limits<double>::max());
  const YamlValue found_unit = map.required("unit");
  number.unit = found_unit.as_text();
  if (number.unit != unit) found_unit.fail(unit);
  number.source = map.required_text("source");
  number.node = read_quantity(map, "node", "nm");
  const YamlValue voltage = map.required("voltage");
  const bool stated = !any_voltage || !voltage.is_scalar() || voltage.node().text != kNotStated;
  number.voltage = stated ? read_quantity(map, "voltage", "V") : kNotStated;
  number.method = map.required_text("method");
  return number;
}

SourcedNumber read_number(const YamlValue& value, const std::string& unit) {
  if (!value.is_map()) value.fail("a map of value, unit, source, node, voltage, method");
  YamlMap map(value);
  const SourcedNumber number = read_fields(map, unit, false);
  map.finish();
  return number;
}

/// `posit(8,1)`
models::PositFormat read_posit_name(const YamlValue& mac, const std::string& name) {
  for (unsigned n = kMinPositBits; n <= kMaxPositBits; ++n) {
    for (unsigned es = 0; es <= kMaxPositEs; ++es) {
      if (name == models::posit_name({n, es})) return {n, es};
    }
  }
  mac.fail_rule(fmt::format("found a MAC of '{}'; allowed: fp32 or posit(n,es), n {}..{}, es 0..{}",
                            models::printable(name), kMinPositBits, kMaxPositBits,
                            kMaxPositEs));
}

PositMac read_mac(const YamlValue& value) {
  if (!value.is_map()) value.fail("a map of value, unit, source, node, voltage, method, status");
  YamlMap map(value);
  PositMac mac;
  mac.number = read_fields(map, "pJ", true);
  const std::vector<std::string> words = {"found", "recalled"};
  mac.status = words[map.required("status").as_choice(words)];
  map.finish();
  if (mac.number.value <= 0.0) map.fail_rule("value", "found 0; allowed: more than 0");
  return mac;
}

PositMacSet read_mac_set(const std::string& name, const YamlValue& value) {
  PositMacSet set;
  set.name = name;
  YamlMap map(value);
  for (const std::string& key : value.node().keys) {
    const YamlValue entry = map.required(key);
    PositMac mac = read_mac(entry);
    if (key == "fp32") {
      set.fp32 = std::move(mac);
      continue;
    }
    mac.format = read_posit_name(entry, key);
    set.macs.push_back(std::move(mac));
  }
  return set;
}

/// `posit_mac_sets`, and `posit_mac`, which chooses one of them.
void read_posit_macs(YamlMap& map, TechTable& tech) {
  const auto sets = map.optional("posit_mac_sets");
  const auto chosen = map.optional("posit_mac");
  if (!sets) {
    if (chosen) chosen->fail_rule("found a set's name; allowed: only beside posit_mac_sets");
    return;
  }
  YamlMap by_name(*sets);
  if (sets->node().keys.empty()) sets->fail("at least one set of MACs");
  for (const std::string& name : sets->node().keys) {
    tech.posit_mac_sets.push_back(read_mac_set(name, by_name.required(name)));
  }
  const std::vector<std::string> names = tech.posit_mac_names();
  tech.posit_mac = names[map.required("posit_mac").as_choice(names)];
}

void read_pe(const YamlValue& value, TechTable& tech) {
  YamlMap map(value);
  tech.pe_lane_bit = read_number(map.required("lane_bit"), "pJ");
  tech.pe_accumulate = read_number(map.required("accumulate"), "pJ");
  if (const auto lane = map.optional("dfp_lane")) tech.pe_dfp_lane = read_number(*lane, "pJ");
  if (const auto leakage = map.optional("leakage")) tech.pe_leakage = read_number(*leakage, "mW");
  map.finish();
}

void read_postproc(const YamlValue& value, TechTable& tech) {
  YamlMap map(value);
  tech.postproc_element = read_number(map.required("element"), "pJ");
  if (const auto element = map.optional("dfp_element")) {
    tech.postproc_dfp_element = read_number(*element, "pJ");
  }
  map.finish();
}

/// Both or none: a table without them has no energy of pooling layers.
void read_pool(const YamlValue& value, TechTable& tech) {
  YamlMap map(value);
  tech.pool_op = read_number(map.required("op"), "pJ");
  tech.pool_mean = read_number(map.required("mean"), "pJ");
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
  if (pe_dfp_lane) list.push_back(&*pe_dfp_lane);
  if (pe_leakage) list.push_back(&*pe_leakage);
  list.push_back(&postproc_element);
  if (postproc_dfp_element) list.push_back(&*postproc_dfp_element);
  if (pool_op) list.push_back(&*pool_op);
  if (pool_mean) list.push_back(&*pool_mean);
  for (const PositMacSet& set : posit_mac_sets) {
    if (set.fp32) list.push_back(&set.fp32->number);
    for (const PositMac& mac : set.macs) list.push_back(&mac.number);
  }
  for (const SramRow& row : sram) list.insert(list.end(), {&row.read, &row.write, &row.leakage});
  list.insert(list.end(), {&dram_low, &dram_high});
  return list;
}

const PositMac* PositMacSet::find(models::PositFormat format) const {
  for (const PositMac& mac : macs) {
    if (mac.format == format) return &mac;
  }
  return nullptr;
}

const PositMacSet* TechTable::posit_mac_set(const std::string& set) const {
  for (const PositMacSet& one : posit_mac_sets) {
    if (one.name == set) return &one;
  }
  return nullptr;
}

std::vector<std::string> TechTable::posit_mac_names() const {
  std::vector<std::string> names;
  for (const PositMacSet& set : posit_mac_sets) names.push_back(set.name);
  return names;
}

TechTable read_tech(const std::string& path) {
  const models::YamlDocument document = models::read_yaml(path);
  YamlMap map(document);
  TechTable tech;
  tech.name = map.required_text("name");
  read_pe(map.required("pe"), tech);
  read_postproc(map.required("postproc"), tech);
  if (const auto pool = map.optional("pool")) read_pool(*pool, tech);
  read_posit_macs(map, tech);
  read_sram(map.required("sram"), tech);
  read_dram(map.required("dram"), tech);
  map.finish();
  return tech;
}

}  // namespace absim::sim
