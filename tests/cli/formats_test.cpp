// SPDX-License-Identifier: Apache-2.0
// Sweeps over number formats: what they write, and what they refuse.
#include <catch2/catch.hpp>

#include <sstream>

#include "models/network/dump.hpp"
#include "sim/report/csv.hpp"
#include "sim/report/format_table.hpp"
#include "sim/report/latex.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/text_table.hpp"
#include "tests/support/format_networks.hpp"
#include "tests/support/small_sweep.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using absim::test::SmallSweep;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Lines words_of(const std::string& line) {
  Lines words;
  std::istringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// A point as the runner would make it: 2 cycles of compute, 5 uJ.
sim::PointResult point(const std::string& label, const std::string& format, unsigned t,
                       double top1) {
  sim::PointResult result;
  result.network = "net";
  result.dataset = "set";
  result.arch = "array";
  result.format = format;
  result.truncation = t;
  result.images = 10;
  result.clock_mhz = 500;
  result.top1_percent = top1;
  result.float_top1_percent = 90.25;
  result.axis_values = {label};
  result.total.layer = "total";
  result.total.cycles = 1000;
  result.total.compute_cycles = 2;
  result.total.latency_us = 2;
  result.total.energy.pe_pj = 1e6;
  result.total.energy.dram_pj = 4e6;
  result.total.energy.total_pj = 5e6;
  return result;
}

/// ABS at two lengths, a dfp and a posit network; no energy for the last.
sim::SweepResult example() {
  sim::SweepResult result;
  result.name = "example";
  result.axes = {"label"};
  result.notes = {"a note"};
  result.points = {point("ABS", "bwb", 1, 30.5), point("ABS", "bwb", 8, 90.5),
                   point("S-DFP-8", "sdfp8", 8, 90.25), point("posit(8,0)", "posit8_0", 8, 88)};
  for (std::size_t i = 0; i < result.points.size(); ++i) result.points[i].point = i;
  sim::EnergyBreakdown& unknown = result.points.back().total.energy;
  unknown.pe_pj.reset();
  unknown.postproc_pj.reset();
  unknown.total_pj.reset();
  return result;
}

/// Two bit-serial formats as cases.
void make_bit_serial_cases(const SmallSweep& small) {
  models::write_dump(small.path("other"),
                     test::make_awkward_network(2, models::WeightFormat::kTwosComplement, 4), false);
  small.replace("sweep.yaml", "truncation: [1, 3, 8]\n",
                "cases:\n"
                "  - {label: ABS, truncation: [1, 3, 8]}\n"
                "  - {label: \"two's, complement\", network: other, truncation: 4}\n");
}

}  // namespace

TEST_CASE("the table of formats has a row a point and ends with float", "[cli]") {
  const sim::SweepResult result = example();
  CHECK(sim::compares_formats(result));
  const std::string text = sim::sweep_table(result);
  const Lines lines = lines_of(text);
  REQUIRE(lines.size() == 8);
  CHECK(lines[0] ==
        "example: 10 images of set at 500 MHz; vs float: points of top-1 from the float network's");
  CHECK(words_of(lines[1]) == Lines{"label", "format", "accelerator", "t", "top-1", "%", "vs", "float",
                                    "cycles", "latency", "us", "energy", "uJ", "PE", "%"});
  CHECK(words_of(lines[2]) ==
        Lines{"ABS", "bwb", "array", "1", "30.50", "-59.75", "1000", "2.00", "5.000", "20.0"});
  CHECK(words_of(lines[3]) ==
        Lines{"ABS", "bwb", "array", "8", "90.50", "+0.25", "1000", "2.00", "5.000", "20.0"});
  CHECK(words_of(lines[4]) ==
        Lines{"S-DFP-8", "sdfp8", "array", "8", "90.25", "+0.00", "1000", "2.00", "5.000", "20.0"});
  CHECK(words_of(lines[5]) ==
        Lines{"posit(8,0)", "posit8_0", "array", "8", "88.00", "-2.25", "1000", "2.00", "-", "-"});
  CHECK(words_of(lines[6]) ==
        Lines{"float", "-", "-", "-", "90.25", "-", "-", "-", "-", "-"});
  CHECK(lines[7] == "note: a note");
  for (std::size_t i = 2; i <= 6; ++i) CHECK(lines[i].size() == lines[1].size());
}

TEST_CASE("networks with other baselines have their own float rows", "[cli]") {
  sim::SweepResult result = example();
  result.points[2].float_top1_percent = 80;
  result.points[2].network = "other";
  result.points[3].float_top1_percent = 0;  // unknown
  const auto rows = sim::format_rows(result);
  REQUIRE(rows.size() == 6);
  CHECK(*rows[2].to_float_points == Approx(10.25));
  CHECK_FALSE(rows[3].to_float_points);
  CHECK(rows[4].label == "float net");
  CHECK(rows[5].label == "float other");
  CHECK(rows[5].top1_percent == 80);
}

TEST_CASE("one format, or no cases, keep the truncation table", "[cli]") {
  sim::SweepResult result = example();
  for (sim::PointResult& one : result.points) one.format = "bwb";
  CHECK_FALSE(sim::compares_formats(result));
  CHECK_THAT(sim::sweep_table(result), Contains("speed-up") && Contains("\nposit(8,0)\n"));
  result = example();
  result.axes = {"network"};
  CHECK_FALSE(sim::compares_formats(result));
}

TEST_CASE("the LaTeX table of formats is well-formed", "[cli]") {
  const Lines lines = lines_of(sim::to_latex(example()));
  const std::string row_end = " \\\\";
  CHECK(lines == Lines{"% example: needs \\usepackage{booktabs}",
                       "\\begin{tabular}{lrrrrrrr}",
                       "\\toprule",
                       "format & $t$ & top-1 & to float & cycles & latency & energy & PE" + row_end,
                       " & bits & \\% & points &  & \\textmu s & \\textmu J & \\%" + row_end,
                       "\\midrule",
                       "ABS & 1 & 30.50 & $-59.75$ & 1000 & 2.0 & 5.00 & 20.0" + row_end,
                       "ABS & 8 & 90.50 & $+0.25$ & 1000 & 2.0 & 5.00 & 20.0" + row_end,
                       "\\midrule",
                       "S-DFP-8 & 8 & 90.25 & $+0.00$ & 1000 & 2.0 & 5.00 & 20.0" + row_end,
                       "posit(8,0) & 8 & 88.00 & $-2.25$ & 1000 & 2.0 & -- & --" + row_end,
                       "\\midrule",
                       "float & -- & 90.25 & -- & -- & -- & -- & --" + row_end,
                       "\\bottomrule",
                       "\\end{tabular}"});
}

TEST_CASE("an energy that is not known is an empty field and null", "[cli]") {
  const sim::SweepResult result = example();
  const Lines lines = lines_of(sim::to_csv(result));
  REQUIRE(lines.size() == 5);
  CHECK_THAT(lines[1], Contains(",1000000.000,0.000,4000000.000,0.000,0.000,5000000.000,"));
  CHECK_THAT(lines[4], Contains(",posit8_0,8,"));
  CHECK_THAT(lines[4], Contains(",,0.000,4000000.000,,0.000,,88.0000,"));
  CHECK_THAT(lines[4], Contains(",\"posit(8,0)\","));
  const std::string json = sim::to_json(result);
  CHECK_THAT(json, Contains("\"energy_pe_pj\": null") && Contains("\"energy_postproc_pj\": null") &&
                       Contains("\"energy_total_pj\": null"));
  const test::TempDir dir;
  const sim::SweepResult back = sim::read_results(dir.write("results.json", json));
  CHECK(sim::to_json(back) == json);
  CHECK(sim::sweep_table(back) == sim::sweep_table(result));
}

TEST_CASE("tables of lengths and layers show a dash for an energy that is not known", "[cli]") {
  sim::SweepResult result = example();
  result.axes = {"case"};
  const Lines lines = lines_of(sim::truncation_table(result));
  const Lines words = words_of(lines.at(lines.size() - 5));  // the row of posit(8,0)
  CHECK(words == Lines{"8", "88.00", "1000", "2.00", "-", "-", "-", "-", "-", "-", "0.2", "99.8",
                       "1.00"});
  CHECK_THAT(sim::layer_table(result.points.back()), Contains(" - "));
}

TEST_CASE("a sweep over formats writes one table, and report repeats it", "[cli]") {
  const SmallSweep small;
  make_bit_serial_cases(small);
  const auto sweep = small.sweep();
  CAPTURE(sweep.err);
  REQUIRE(sweep.status == 0);
  CHECK_THAT(sweep.out, StartsWith("small: 20 images of images at 500 MHz; vs float"));
  const Lines csv = lines_of(small.read("out/results.csv"));
  REQUIRE(csv.size() == 1 + 4 * 12);
  CHECK_THAT(csv[0], Contains(",top1,top5,label,cosim_images,"));
  CHECK_THAT(csv[1], Contains(",abs,bwb,1,fast,") && Contains(",ABS,0,"));
  CHECK_THAT(csv.back(), Contains(",abs,twos_complement,4,fast,total,"));
  CHECK_THAT(csv.back(), Contains(",\"two's, complement\",0,"));
  CHECK_THAT(small.read("out/table.tex"), Contains("two's, complement & 4 & "));
  CHECK_THAT(small.read("out/manifest.json"), Contains("\"label\": \"ABS\""));
  const auto report = small.run({"report", "out", "--no-figures"});
  CHECK(report.status == 0);
  CHECK(report.out == "small:\n" + sweep.out);
}

TEST_CASE("every bit-parallel format runs in one sweep, with all its bits", "[cli]") {
  const SmallSweep small;
  models::write_dump(small.path("dfp"), test::make_small_dfp_network(1), false);
  models::write_dump(small.path("sdfp"), test::make_small_dfp_network(1, -1), false);
  models::write_dump(small.path("posit8"), test::make_small_posit_network(1, {8, 1}), false);
  models::write_dump(small.path("posit8_0"), test::make_small_posit_network(1, {8, 0}), false);
  models::write_dump(small.path("posit16"), test::make_small_posit_network(1, {16, 1}), false);
  small.replace("sweep.yaml", "truncation: [1, 3, 8]\n",
                "cases:\n"
                "  - {label: ABS, truncation: [1, 8]}\n"
                "  - {label: DFP, network: dfp, arch: {pe: dfp}}\n"
                "  - {label: S-DFP, network: sdfp, arch: {pe: dfp}, truncation: 8}\n"
                "  - {label: P8, network: posit8, arch: {pe: posit, posit_bits: 8, posit_es: 1}}\n"
                "  - {label: P80, network: posit8_0, arch: {pe: posit, posit_bits: 8, posit_es: 0}}\n"
                "  - {label: P16, network: posit16, arch: {pe: posit, posit_bits: 16, posit_es: 1}}\n");
  small.replace("arch.yaml", "weight_buffer_bytes: 4096", "weight_buffer_bytes: 8192");
  const auto outcome = small.sweep();
  CAPTURE(outcome.out, outcome.err);
  REQUIRE(outcome.status == 0);
  std::string totals;
  for (const std::string& line : lines_of(small.read("out/results.csv"))) {
    if (line.find(",total,") != std::string::npos) totals += line + "\n";
  }
  for (const char* text :
       {",abs,bwb,1,fast,", ",abs,bwb,8,fast,", ",dfp,dfp8,8,fast,", ",dfp,sdfp8,8,fast,",
        ",posit,posit8_1,8,fast,", ",posit,posit8_0,8,fast,", ",posit,posit16_1,16,fast,"}) {
    CHECK_THAT(totals, Contains(text));
  }
  const Lines rows = lines_of(totals);
  REQUIRE(rows.size() == 7);
  CHECK_THAT(outcome.out, Contains("no published posit(8,0) MAC in the set socc19"));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(rows[i]);
    CHECK((rows[i].find(",,") != std::string::npos) == (i == 5));  // only posit(8,0) lacks energy
  }
  CHECK_THAT(small.read("out/manifest.json"), Contains("\"truncation\": 16"));
  const auto pdpu = small.sweep({"--set", "tech.posit_mac=pdpu", "--force", "--case", "P8"});
  CHECK(pdpu.status == 0);
  CHECK_THAT(pdpu.out, Contains("no published posit(8,1) MAC in the set pdpu"));
}

TEST_CASE("a bit-parallel dump takes all of its bits and nothing else", "[cli][negative]") {
  const SmallSweep small;
  models::write_dump(small.path("dfp"), test::make_small_dfp_network(1), false);
  models::write_dump(small.path("posit16"), test::make_small_posit_network(1, {16, 1}), false);
  CHECK(small.complaint({"--set", "network=dfp"}) ==
        "sweep.yaml:6:14: truncation: found 1; allowed: 8, all bits of dfp (weights that are not "
        "bit-serial cannot be cut), or no such key");
  CHECK(small.complaint({"--set", "network=posit16", "--set", "truncation=8"}) ==
        "--set truncation=8: truncation: found 8; allowed: 16, all bits of posit16 (weights that are "
        "not bit-serial cannot be cut), or no such key");
}

TEST_CASE("a dump on an array of another kind is refused", "[cli][negative]") {
  const SmallSweep small;
  models::write_dump(small.path("dfp"), test::make_small_dfp_network(1), false);
  models::write_dump(small.path("posit8"), test::make_small_posit_network(1, {8, 1}), false);
  small.replace("sweep.yaml", "truncation: [1, 3, 8]", "truncation: 8");
  CHECK(small.complaint({"--set", "network=dfp"}) ==
        "point 0 (truncation=8): arch tiny: pe: found abs; the network 'parallel' has dfp weights; "
        "allowed: dfp");
  CHECK(small.complaint({"--set", "network=posit8", "--set", "arch.pe=posit", "--set",
                         "arch.posit_es=0"}) ==
        "point 0 (truncation=8): arch tiny: pe: found posit with posit_bits 8, posit_es 0; the network "
        "'parallel' has posit weights; allowed: posit with posit_bits 8, posit_es 1");
  CHECK(small.complaint({"--set", "arch.pe=posit"}) ==
        "point 0 (truncation=8): arch tiny: pe: found posit with posit_bits 8, posit_es 1; the network "
        "'awkward' has bwb weights; allowed: abs");
}
