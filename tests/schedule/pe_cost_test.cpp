// SPDX-License-Identifier: Apache-2.0
// What the kinds of PE cost: prices from the table, and nothing where it has none.
#include <string>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "sim/energy/pe_cost.hpp"
#include "sim/energy/tech_table.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

namespace absim::tests {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using sim::PeCost;
using sim::TechTable;
using test::message_of;
using test::TempDir;

const std::string kShipped = std::string(ABSIM_CONFIGS) + "/tech/horowitz45.yaml";

std::string number(const std::string& value, const std::string& more = "") {
  return fmt::format(
      "{{value: {}, unit: pJ, source: a book, node: 45 nm, voltage: 0.9 V, method: read{}}}", value,
      more);
}

std::string mac(const std::string& value) { return number(value, ", status: found"); }

/// A table without prices for dfp and posit PEs, and `more` lines of its own.
std::string table(const std::string& more, const std::string& pe = "",
                  const std::string& postproc = "") {
  std::string leakage = number("1");
  leakage.replace(leakage.find("pJ"), 2, "mW");
  return "name: test\npe:\n  lane_bit: " + number("0.03") + "\n  accumulate: " + number("0.1") +
         "\n" + pe + "postproc:\n  element: " + number("6") + "\n" + postproc +
         "sram:\n  - {capacity_bytes: 1024, word_bits: 64, read: " + number("2") +
         ", write: " + number("3") + ", leakage: " + leakage +
         "}\ndram:\n  word_bits: 64\n  low: " + number("100") + "\n  high: " + number("400") +
         "\n" + more;
}

TechTable read(const std::string& text) {
  const TempDir dir;
  return sim::read_tech(dir.write("t.yaml", text));
}

std::string refusal(const std::string& text) {
  const TempDir dir;
  const std::string path = dir.write("t.yaml", text);
  const std::string message = message_of<ConfigError>([&] { (void)sim::read_tech(path); });
  return message.rfind(dir.path() + "/", 0) == 0 ? message.substr(dir.path().size() + 1) : message;
}

/// Two sets of MACs, `a` chosen.
std::string sets() {
  return "posit_mac: a\nposit_mac_sets:\n  a:\n    fp32: " + mac("4") +
         "\n    posit(8,1): " + mac("0.5") + "\n  b:\n    posit(8,1): " + mac("0.7") +
         "\n    posit(16,1): " + mac("3") + "\n";
}

}  // namespace

TEST_CASE("a bit of a bit-serial PE costs what the table says", "[energy]") {
  const PeCost cost = sim::abs_cost(read(table("")));
  CHECK(cost.lane_pj == 0.03);
  CHECK(cost.step_pj == 0.1);
  CHECK(cost.element_pj == 6.0);
  CHECK(cost.origin == "45 nm, 0.9 V");
  CHECK(cost.notes.empty());
}

TEST_CASE("a dfp product costs what the table says, or nothing and a note", "[energy]") {
  const PeCost cost = sim::dfp_cost(read(
      table("", "  dfp_lane: " + number("0.25") + "\n", "  dfp_element: " + number("0.5") + "\n")));
  CHECK(cost.lane_pj == 0.25);
  CHECK(cost.step_pj == 0.1);
  CHECK(cost.element_pj == 0.5);
  CHECK(cost.notes.empty());
  const PeCost none = sim::dfp_cost(read(table("")));
  CHECK_FALSE(none.lane_pj);
  CHECK_FALSE(none.element_pj);
  CHECK(none.origin.empty());
  REQUIRE(none.notes.size() == 2);
  CHECK_THAT(none.notes[0], StartsWith("energy: table test has no pe.dfp_lane: no energy"));
  CHECK_THAT(none.notes[1],
             StartsWith("energy: table test has no postproc.dfp_element: no energy"));
}

TEST_CASE("a posit product costs what the chosen set says", "[energy]") {
  const TechTable tech = read(table(sets()));
  CHECK(tech.posit_mac == "a");
  const PeCost by_default = sim::posit_cost(tech, {8, 1}, "");
  CHECK(by_default.lane_pj == 0.5);
  CHECK(by_default.step_pj == 0.0);
  CHECK(by_default.element_pj == 1.0);  // two MACs
  REQUIRE(by_default.notes.size() == 1);
  CHECK_THAT(
      by_default.notes[0],
      StartsWith("energy: posit(8,1) MAC: 0.5 pJ at 45 nm, voltage 0.9 V, of the set a (found)") &&
          Contains("0.12 of the same set's fp32 MAC"));
  CHECK(sim::posit_cost(tech, {8, 1}, "a").lane_pj == 0.5);
  const PeCost other = sim::posit_cost(tech, {8, 1}, "b");
  CHECK(other.lane_pj == 0.7);
  CHECK_THAT(other.notes[0], !Contains("fp32"));
  CHECK(sim::posit_cost(tech, {16, 1}, "b").lane_pj == 3.0);
}

TEST_CASE("a posit format without a published figure has no energy", "[energy]") {
  const TechTable tech = read(table(sets()));
  const PeCost cost = sim::posit_cost(tech, {8, 0}, "b");
  CHECK_FALSE(cost.lane_pj);
  CHECK_FALSE(cost.element_pj);
  CHECK(cost.origin.empty());
  REQUIRE(cost.notes.size() == 1);
  CHECK(cost.notes[0] ==
        "energy: no published posit(8,0) MAC in the set b (it has posit(8,1), posit(16,1)): no "
        "energy "
        "of the PE, its post-processing and no total");
  CHECK_FALSE(sim::posit_cost(tech, {16, 1}, "a").lane_pj);  // only the other set has it
  const PeCost none = sim::posit_cost(read(table("")), {8, 1}, "");
  CHECK_FALSE(none.lane_pj);
  REQUIRE(none.notes.size() == 1);
  CHECK_THAT(none.notes[0], StartsWith("energy: table test has no posit MACs: no energy"));
}

TEST_CASE("a table of posit MACs without provenance is refused", "[energy][negative]") {
  CHECK(refusal(table(sets())) == "(no error)");
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string text = table(sets());
    const std::size_t at = text.rfind(from);
    REQUIRE(at != std::string::npos);
    return refusal(text.replace(at, from.size(), to));
  };
  CHECK_THAT(changed(", status: found", ""),
             StartsWith("t.yaml:20:") &&
                 Contains("posit_mac_sets.b.posit(16,1).status: found no such key"));
  CHECK_THAT(
      changed("status: found", "status: rumour"),
      Contains("posit_mac_sets.b.posit(16,1).status: found 'rumour'; allowed: found | recalled"));
  CHECK_THAT(changed("voltage: 0.9 V", "voltage: high"),
             Contains("posit_mac_sets.b.posit(16,1).voltage: found 'high'; allowed: "));
  CHECK(changed("voltage: 0.9 V", "voltage: not stated") == "(no error)");
  CHECK_THAT(changed("source: a book, ", ""), Contains("source: found no such key"));
  CHECK_THAT(changed("value: 3", "value: 0"), Contains("value: found 0; allowed: more than 0"));
  CHECK_THAT(changed("value: 3", "value: -3"), Contains("value: found '-3'"));
  CHECK_THAT(changed("unit: pJ", "unit: nJ"), Contains("unit: found 'nJ'; allowed: pJ"));
  CHECK_THAT(
      changed("posit(16,1)", "posit(17,1)"),
      Contains("found a MAC of 'posit(17,1)'; allowed: fp32 or posit(n,es), n 3..16, es 0..2"));
  CHECK_THAT(changed("posit(16,1)", "posit16"), Contains("found a MAC of 'posit16'"));
  CHECK_THAT(changed("posit(16,1)", "posit(8,1)"), Contains("found key 'posit(8,1)' again"));
  CHECK_THAT(changed("posit_mac: a", "posit_mac: c"),
             Contains("posit_mac: found 'c'; allowed: a | b"));
  CHECK_THAT(changed("posit_mac: a\n", ""), Contains("posit_mac: found no such key"));
  CHECK_THAT(refusal(table("posit_mac: a\n")),
             Contains("posit_mac: found a set's name; allowed: only beside posit_mac_sets"));
  CHECK_THAT(refusal(table("posit_mac: a\nposit_mac_sets: {}\n")),
             Contains("posit_mac_sets: found a map; allowed: at least one set of MACs"));
  CHECK_THAT(refusal(table("posit_mac: a\nposit_mac_sets: {a: 3}\n")),
             Contains("posit_mac_sets.a: found '3'; allowed: a map"));
  CHECK_THAT(refusal(table("posit_mac: a\nposit_mac_sets: {a: {fp32: 3}}\n")),
             Contains("posit_mac_sets.a.fp32: found '3'; allowed: a map of value, unit, source"));
  // Other numbers state their voltage, and have no status.
  CHECK_THAT(refusal(table("",
                           "  dfp_lane: {value: 1, unit: pJ, source: a, node: 45 nm, voltage: not "
                           "stated, method: b}\n")),
             Contains("pe.dfp_lane.voltage: found 'not stated'"));
  CHECK_THAT(refusal(table("", "  dfp_lane: " + mac("1") + "\n")),
             Contains("pe.dfp_lane.status: found an unknown key"));
}

TEST_CASE("the shipped table prices dfp and posit PEs from their sources", "[energy]") {
  const TechTable tech = sim::read_tech(kShipped);
  // Horowitz, 45 nm: 8-bit multiply 0.2, 8-bit add 0.03, 32-bit add 0.1.
  REQUIRE(tech.pe_dfp_lane);
  CHECK(tech.pe_dfp_lane->value == Approx(0.2 + 2 * 0.03));
  CHECK(tech.pe_dfp_lane->node == "45 nm");
  REQUIRE(tech.postproc_dfp_element);
  CHECK(tech.postproc_dfp_element->value == Approx(3 * 0.1));
  // Power and rate as published.
  const sim::PositMacSet* socc = tech.posit_mac_set("socc19");
  const sim::PositMacSet* pdpu = tech.posit_mac_set("pdpu");
  REQUIRE(socc != nullptr);
  REQUIRE(pdpu != nullptr);
  CHECK(tech.posit_mac_set("other") == nullptr);
  CHECK(tech.posit_mac_names().size() == 2);
  const auto pj = [](const sim::PositMacSet& set, unsigned n, unsigned es) {
    const sim::PositMac* found = set.find({n, es});
    REQUIRE(found != nullptr);
    CHECK(found->number.node == "28 nm");
    return found->number.value;
  };
  CHECK(socc->fp32->number.value == Approx(2.52 / 0.75).epsilon(0.002));
  CHECK(pj(*socc, 8, 1) == Approx(0.45 / 0.75).epsilon(0.002));
  CHECK(pj(*socc, 8, 2) == Approx(0.42 / 0.75).epsilon(0.002));
  CHECK(pj(*socc, 16, 1) == Approx(1.95 / 0.75).epsilon(0.002));
  CHECK(pj(*socc, 16, 2) == Approx(1.82 / 0.75).epsilon(0.002));
  CHECK(pdpu->fp32->number.value == Approx(3.97 * 1.20).epsilon(0.002));
  CHECK(pj(*pdpu, 16, 2) == Approx(3.79 * 1.35).epsilon(0.002));
  for (const sim::PositMac& one : socc->macs) CHECK(one.status == "recalled");
  for (const sim::PositMac& one : pdpu->macs) CHECK(one.status == "found");
  CHECK(socc->find({8, 0}) == nullptr);
  CHECK(pdpu->find({8, 1}) == nullptr);
}

}  // namespace absim::tests
