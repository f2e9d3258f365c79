// SPDX-License-Identifier: Apache-2.0
// Energy against sums done by hand, interpolation against its definition, and tables without
// provenance.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "sim/energy/energy.hpp"
#include "sim/energy/sram.hpp"
#include "sim/energy/tech_table.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

namespace absim::tests {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using sim::ArchConfig;
using sim::Events;
using sim::TechTable;
using test::message_of;
using test::TempDir;

std::string shipped_table() { return std::string(ABSIM_CONFIGS) + "/tech/horowitz45.yaml"; }

std::string number(const std::string& value, const std::string& unit) {
  return fmt::format(
      "{{value: {}, unit: {}, source: a book, node: 45 nm, voltage: 0.9 V, method: read}}", value,
      unit);
}

std::string row(unsigned bytes, unsigned bits, const std::string& read) {
  return fmt::format(
      "  - {{capacity_bytes: {}, word_bits: {}, read: {}, write: {}, leakage: {}}}\n", bytes, bits,
      number(read, "pJ"), number("3", "pJ"), number("0.5", "mW"));
}

/// A table with one number given; the rest is valid.
std::string table(const std::string& lane_bit, const std::string& rows = row(1024, 64, "2")) {
  return "name: test\npe:\n  lane_bit: " + lane_bit + "\n  accumulate: " + number("0.1", "pJ") +
         "\npostproc:\n  element: " + number("6", "pJ") + "\nsram:\n" + rows +
         "dram:\n  word_bits: 64\n  low: " + number("100", "pJ") +
         "\n  high: " + number("400", "pJ") + "\n";
}

std::string refusal(const std::string& text) {
  const TempDir dir;
  const std::string path = dir.write("t.yaml", text);
  return message_of<ConfigError>([&] { (void)sim::read_tech(path); });
}

TechTable read_text(const std::string& text) {
  const TempDir dir;
  return sim::read_tech(dir.write("t.yaml", text));
}

}  // namespace

TEST_CASE("a technology table without provenance is refused", "[energy][negative]") {
  const std::string good = number("0.03", "pJ");
  CHECK(refusal(table(good)) == "(no error)");
  for (const std::string key : {"value", "unit", "source", "node", "voltage", "method"}) {
    CAPTURE(key);
    const std::size_t at = good.find(key);
    std::string without = good;
    without.erase(at, std::min(good.find(", ", at) + 2, good.size() - 1) - at);
    if (key == "method") without = without.substr(0, without.rfind(',')) + "}";
    const std::string message = refusal(table(without));
    CHECK_THAT(message, Contains("t.yaml:3:") && Contains("pe.lane_bit") && Contains(key));
  }
  CHECK_THAT(refusal(table("0.03")), Contains("t.yaml:3:13: pe.lane_bit: found"));
  CHECK_THAT(refusal(table(number("-1", "pJ"))), Contains("t.yaml:3:21: pe.lane_bit.value: found"));
  CHECK_THAT(refusal(table(number(".nan", "pJ"))), Contains("pe.lane_bit.value: found"));
  CHECK_THAT(refusal(table(number("inf", "pJ"))), Contains("pe.lane_bit.value: found"));
  CHECK_THAT(refusal(table(number("1e999", "pJ"))), Contains("pe.lane_bit.value: found"));
  CHECK_THAT(refusal(table(number("1", "nJ"))),
             Contains("pe.lane_bit.unit") && Contains("nJ") && Contains("pJ"));
  CHECK_THAT(
      refusal(table("{value: 1, unit: pJ, source: a, node: new, voltage: 0.9 V, method: b}")),
      Contains("pe.lane_bit.node"));
  CHECK_THAT(
      refusal(table("{value: 1, unit: pJ, source: a, node: 45 nm, voltage: 0 V, method: b}")),
      Contains("pe.lane_bit.voltage"));
  CHECK_THAT(
      refusal(table("{value: 1, unit: pJ, source: '', node: 45 nm, voltage: 1 V, method: b}")),
      Contains("pe.lane_bit.source"));
  CHECK_THAT(refusal(table(good) + "colour: red\n"), Contains("colour"));
  CHECK_THAT(refusal(table(good, row(1024, 64, "0"))),
             Contains("sram[0].read") && Contains("more than 0"));
  CHECK_THAT(refusal(table(good, row(1024, 64, "1") + row(512, 64, "1"))),
             Contains("sram[1].capacity_bytes"));
  CHECK_THAT(refusal(table(good, row(1024, 64, "1") + row(1024, 128, "1") + row(2048, 64, "1"))),
             Contains("the last capacity has 1 of 2 word widths"));
  std::string swapped = table(good);
  swapped.replace(swapped.find("value: 100,"), 11, "value: 900,");
  CHECK_THAT(refusal(swapped), Contains("dram.low") && Contains("at most high"));
}

TEST_CASE("memories between the table's rows are interpolated in logarithms", "[energy]") {
  const TechTable tech =
      read_text(table(number("0.03", "pJ"), row(1024, 64, "2") + row(1024, 256, "4") +
                                                row(4096, 64, "8") + row(4096, 256, "16")));
  CHECK(sim::sram_cost(tech, 1024, 64).read_pj == Approx(2.0));
  CHECK(sim::sram_cost(tech, 4096, 256).read_pj == Approx(16.0));
  CHECK(sim::sram_cost(tech, 2048, 64).read_pj == Approx(4.0));  // half way in log capacity
  CHECK(sim::sram_cost(tech, 1024, 128).read_pj ==
        Approx(2.0 * std::sqrt(2.0)));  // half way in log width
  CHECK(sim::sram_cost(tech, 2048, 128).read_pj == Approx(4.0 * std::sqrt(2.0)));
  CHECK(sim::sram_cost(tech, 1024, 32).read_pj == Approx(1.0));     // narrower: per bit
  CHECK(sim::sram_cost(tech, 1024, 1024).read_pj == Approx(16.0));  // wider: per bit
  const sim::SramCost small = sim::sram_cost(tech, 256, 64);
  CHECK(small.small);
  CHECK(small.read_pj == Approx(2.0));
  CHECK(small.leakage_mw == Approx(0.125));
  const sim::SramCost large = sim::sram_cost(tech, 16384, 64);
  CHECK(large.large);
  CHECK(large.read_pj == Approx(8.0));
  CHECK(large.leakage_mw == Approx(2.0));
  CHECK_FALSE(sim::sram_cost(tech, 1024, 64).small);
  CHECK_FALSE(sim::sram_cost(tech, 4096, 64).large);
}

TEST_CASE("energy is the sum of events times pJ, done by hand", "[energy]") {
  const TechTable tech =
      read_text(table(number("0.03", "pJ")));  // one row: 2 pJ a read, 3 a write, 64 bits
  ArchConfig arch;
  arch.clock_mhz = 500.0;
  Events e;
  e.pe_bit_macs = 1600;
  e.act_read_bytes = 80;
  e.act_write_bytes = 8;
  e.weight_read_bits = 640;
  e.weight_write_bits = 64;
  e.param_read_bytes = 16;
  e.residual_write_bytes = 24;
  e.out_write_bytes = 40;
  e.out_read_bytes = 8;
  e.postproc_ops = 7;
  e.dram_read_bytes = 48;
  e.dram_write_bytes = 16;
  const sim::EnergyBreakdown got = sim::energy(e, 100, arch, tech);
  CHECK(*got.pe_pj == Approx(1600 * 0.03 + 100 * 0.1));  // 16 lanes: 100 PE cycles
  CHECK(got.buffers_pj[0] == Approx(10 * 2.0 + 1 * 3.0));
  CHECK(got.buffers_pj[1] == Approx(10 * 2.0 + 1 * 3.0));
  CHECK(got.buffers_pj[2] == Approx(2 * 2.0));
  CHECK(got.buffers_pj[3] == Approx(3 * 3.0));
  CHECK(got.buffers_pj[4] == Approx(1 * 2.0 + 5 * 3.0));
  CHECK(got.buffer_pj == Approx(23 + 23 + 4 + 9 + 17));
  CHECK(got.dram_pj == Approx(8 * 200.0));  // geometric mean of 100 and 400
  CHECK(*got.postproc_pj == Approx(42.0));
  // 0.5 mW a KiB, 64 + 64 + 16 + 64 + 64 KiB, 200 ns.
  CHECK(got.leakage_pj == Approx(0.5 * 272 * 200));
  CHECK(*got.total_pj ==
        Approx(*got.pe_pj + got.buffer_pj + got.dram_pj + *got.postproc_pj + got.leakage_pj));
}

TEST_CASE("pooling is priced by operations, means and the buffers of its unit", "[energy]") {
  const std::string plain = table(number("0.03", "pJ"));
  const std::string pool =
      "pool:\n  op: " + number("0.5", "pJ") + "\n  mean: " + number("7", "pJ") + "\n";
  ArchConfig arch;
  Events e;
  e.pool_cycles = 50;
  e.pool_ops = 40;
  e.pool_means = 4;
  e.pool_in_read_bytes = 320;  // 10 words of 256 bits, in a table of 64 bits: 2 pJ each 64 bits
  e.pool_in_write_bytes = 64;
  e.pool_out_write_bytes = 32;
  e.pool_out_read_bytes = 32;
  const sim::EnergyBreakdown got = sim::energy(e, 100, arch, read_text(plain + pool));
  CHECK(*got.pe_pj == 0.0);
  CHECK(*got.postproc_pj == Approx(40 * 0.5 + 4 * 7));
  CHECK(got.buffers_pj[5] == Approx(10 * 4 * 2.0 + 2 * 4 * 3.0));
  CHECK(got.buffers_pj[6] == Approx(1 * 4 * 2.0 + 1 * 4 * 3.0));
  CHECK(got.buffer_pj == Approx(80 + 24 + 8 + 12));
  // 0.5 mW a KiB: the core's 272 KiB over 200 ns, the pooling unit's 64 + 16 over 100.
  CHECK(got.leakage_pj == Approx(0.5 * (272 * 200 + 80 * 100)));
  CHECK(*got.total_pj == Approx(*got.postproc_pj + got.buffer_pj + got.leakage_pj));

  const sim::EnergyBreakdown none = sim::energy(e, 100, arch, read_text(plain));
  CHECK_FALSE(none.postproc_pj);
  CHECK_FALSE(none.total_pj);
  CHECK(none.buffer_pj == Approx(got.buffer_pj));
  const auto notes = sim::energy_notes(arch, read_text(plain));
  CHECK(std::count(notes.begin(), notes.end(),
                   "energy: table test has no pool: no energy of pooling layers and no total with "
                   "them") == 1);
  CHECK_THAT(refusal(plain + "pool: {op: " + number("0.5", "pJ") + "}\n"), Contains("pool.mean"));
}

TEST_CASE("products of bit-parallel PEs are priced by their kind", "[energy]") {
  const TechTable tech = sim::read_tech(shipped_table());
  Events e;
  e.pe_bit_macs = 3200;  // 200 cycles of a PE with 16 lanes
  e.postproc_ops = 10;
  e.act_read_bytes = 320;
  ArchConfig arch;
  arch.pe = sim::PeKind::kDfp;
  const sim::EnergyBreakdown dfp = sim::energy(e, 0, arch, tech);
  CHECK(*dfp.pe_pj == Approx(3200 * 0.26 + 200 * 0.1));
  CHECK(*dfp.postproc_pj == Approx(10 * 0.3));
  CHECK(*dfp.total_pj == Approx(*dfp.pe_pj + *dfp.postproc_pj + dfp.buffer_pj));
  CHECK_THAT(sim::energy_notes(arch, tech)[0], Contains("PE and post-processing at 45 nm, 0.9 V"));

  arch.pe = sim::PeKind::kPosit;
  arch.posit_bits = 16;
  arch.posit_es = 1;
  const sim::EnergyBreakdown posit = sim::energy(e, 0, arch, tech);
  CHECK(*posit.pe_pj == Approx(3200 * 2.6));
  CHECK(*posit.postproc_pj == Approx(10 * 2 * 2.6));
  // Words of 16 x 16 bits: 10 of them in a macro of 2 KiB, which costs as one of 8 KiB.
  CHECK(posit.buffer_pj == Approx(10 * sim::sram_cost(tech, 8192, 256).read_pj));
  const auto notes = sim::energy_notes(arch, tech);
  CHECK_THAT(notes[0], Contains("PE and post-processing at 28 nm, voltage not stated"));
  CHECK_THAT(notes[1], Contains("posit(16,1) MAC: 2.6 pJ") && Contains("socc19 (recalled)"));

  for (const char* set : {"pdpu", "socc19"}) {
    arch.posit_es = set == std::string("pdpu") ? 1 : 0;  // posit(16,1), posit(16,0): not in the set
    const sim::EnergyBreakdown none = sim::energy(e, 100, arch, tech, set);
    CHECK_FALSE(none.pe_pj);
    CHECK_FALSE(none.postproc_pj);
    CHECK_FALSE(none.total_pj);
    CHECK(none.buffer_pj == Approx(posit.buffer_pj));
    CHECK(none.leakage_pj > 0.0);
    const auto why = sim::energy_notes(arch, tech, set);
    CHECK_THAT(why[0], StartsWith("energy: memories at 45 nm"));
    CHECK_THAT(why[1], Contains(std::string("in the set ") + set));
  }
}

TEST_CASE("no events cost leakage only and energy is additive", "[energy]") {
  const TechTable tech = sim::read_tech(shipped_table());
  const ArchConfig arch;
  const sim::EnergyBreakdown none = sim::energy({}, 0, arch, tech);
  CHECK(none.total_pj == 0.0);
  CHECK(*sim::energy({}, 10, arch, tech).total_pj ==
        Approx(sim::energy({}, 10, arch, tech).leakage_pj));
  Events a;
  a.pe_bit_macs = 12345;
  a.act_read_bytes = 77;
  Events b;
  b.dram_read_bytes = 1000;
  b.weight_read_bits = 4096;
  Events both = a;
  both += b;
  CHECK(*sim::energy(both, 30, arch, tech).total_pj ==
        Approx(*sim::energy(a, 10, arch, tech).total_pj + *sim::energy(b, 20, arch, tech).total_pj));
}

TEST_CASE("an energy that is not finite is an error", "[energy][negative]") {
  TechTable tech = read_text(table(number("1e308", "pJ")));
  Events e;
  e.pe_bit_macs = 1000;
  CHECK_THAT(message_of<ConfigError>([&] { (void)sim::energy(e, 1, ArchConfig{}, tech); }),
             Contains("energy: pe"));
  tech.pe_lane_bit.value = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(sim::energy(e, 1, ArchConfig{}, tech), ConfigError);
  tech.pe_lane_bit.value = -1.0;
  CHECK_THROWS_AS(sim::energy(e, 1, ArchConfig{}, tech), ConfigError);
}

TEST_CASE("the shipped table holds the published numbers with their sources", "[energy]") {
  const TechTable tech = sim::read_tech(shipped_table());
  CHECK(tech.pe_lane_bit.value == 0.03);
  CHECK(tech.pe_accumulate.value == 0.1);
  CHECK(tech.dram_low.value == 1300.0);
  CHECK(tech.dram_high.value == 2600.0);
  CHECK(sim::sram_cost(tech, 8192, 64).read_pj == Approx(3.162));
  CHECK(sim::sram_cost(tech, 32768, 256).read_pj == Approx(13.267));
  CHECK(sim::sram_cost(tech, 524288, 256).write_pj == Approx(62.881));
  CHECK(tech.sram.size() == 8);
  for (const sim::SourcedNumber* n : tech.numbers()) {
    CHECK_FALSE(n->source.empty());
    CHECK_FALSE(n->method.empty());
    CHECK((n->node == "45 nm" || n->node == "28 nm"));  // posit MACs
  }
  const auto notes = sim::energy_notes(ArchConfig{}, tech);
  REQUIRE(notes.size() == 3);
  CHECK_THAT(notes[0], Contains("0.9 V") && Contains("0.7 V"));
  CHECK_THAT(notes[1], Contains("act_buffer") && Contains("2048 bytes") && Contains("8192"));
}

}  // namespace absim::tests
