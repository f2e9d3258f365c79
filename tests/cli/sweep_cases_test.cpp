// SPDX-License-Identifier: Apache-2.0
// The cases of a sweep: which points they make, and one line for each way to get them wrong.
#include <catch2/catch.hpp>

#include "models/network/dump.hpp"
#include "sim/core/sweep_config.hpp"
#include "tests/support/small_sweep.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using absim::test::SmallSweep;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Appends text to sweep.yaml; it starts at line 7.
void append(const SmallSweep& small, const std::string& text) {
  small.write("sweep.yaml", small.read("sweep.yaml") + text);
}

sim::SweepConfig read(const SmallSweep& small, const std::vector<std::string>& overrides = {}) {
  return sim::read_sweep(small.path("sweep.yaml"), overrides);
}

/// `label/axis values/t/rows`, one a point.
std::vector<std::string> points_of(const sim::SweepConfig& sweep) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    const sim::PointConfig& point = sweep.points[i];
    CHECK(point.index == i);
    std::string text;
    for (const std::string& value : point.axis_values) text += value + "/";
    texts.push_back(text + std::to_string(point.truncation) + "/" + std::to_string(point.arch.rows));
  }
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("cases are the outermost loop and override the rest of the sweep", "[cli]") {
  const SmallSweep small;
  append(small,
         "cases:\n"
         "  - {label: plain}\n"
         "  - {label: wide, arch.rows: 8, truncation: [2, 4]}\n"
         "  - label: one length\n"
         "    truncation: 8\n"
         "    dataset: {images: 5}\n"
         "sweep:\n"
         "  arch.plane_order: [progressive, stationary]\n");
  const sim::SweepConfig sweep = read(small);
  CHECK(sweep.axes == Texts{"label", "arch.plane_order"});
  CHECK(points_of(sweep) ==
        Texts{"plain/progressive/1/4", "plain/progressive/3/4", "plain/progressive/8/4",
              "plain/stationary/1/4", "plain/stationary/3/4", "plain/stationary/8/4",
              "wide/progressive/2/8", "wide/progressive/4/8", "wide/stationary/2/8",
              "wide/stationary/4/8", "one length/progressive/8/4", "one length/stationary/8/4"});
  CHECK(sweep.points.front().images == 20);
  CHECK(sweep.points.back().images == 5);
  CHECK(sweep.points.back().label == "one length");
}

TEST_CASE("a case without a label is called by what it changes", "[cli]") {
  const SmallSweep small;
  append(small,
         "cases:\n"
         "  - {arch.rows: 3, truncation: 8, arch.lanes: 4}\n"
         "  - {truncation: 1}\n");
  const sim::SweepConfig sweep = read(small);
  REQUIRE(sweep.points.size() == 2);
  CHECK(sweep.points[0].label == "arch.rows=3, arch.lanes=4");
  CHECK(sweep.points[1].label == "case 2");
}

TEST_CASE("what the command line sets holds in every case", "[cli]") {
  const SmallSweep small;
  append(small,
         "cases:\n"
         "  - {label: a, arch.rows: 3, truncation: [1, 2]}\n"
         "  - {label: b}\n");
  CHECK(points_of(read(small, {"truncation=8", "arch.rows=5"})) == Texts{"a/8/5", "b/8/5"});
  const sim::SweepConfig axis = read(small, {"truncation=8", "sweep.arch.rows=[5, 6]"});
  CHECK(axis.axes == Texts{"label", "arch.rows"});
  CHECK(points_of(axis) == Texts{"a/5/8/5", "a/6/8/6", "b/5/8/5", "b/6/8/6"});
  CHECK(points_of(read(small, {"cases=[{label: c, arch.rows: 7, truncation: 4}]"})) ==
        Texts{"c/4/7"});
}

TEST_CASE("paths of cases are relative to the sweep's file", "[cli]") {
  const SmallSweep small;
  small.write("other.yaml", small.read("arch.yaml"));
  append(small, "cases:\n  - {arch: other.yaml, network: dump}\n");
  const sim::SweepConfig sweep = read(small);
  CHECK(sweep.points.front().arch_file == small.path("other.yaml"));
  CHECK(sweep.points.front().network == small.path("dump"));
}

TEST_CASE("keys may be given in every case instead of beside them", "[cli]") {
  const SmallSweep small;
  small.replace("sweep.yaml", "arch: arch.yaml\n", "");
  append(small, "cases:\n  - {label: a, arch: arch.yaml}\n  - {truncation: 1}\n");
  CHECK(small.complaint() ==
        "sweep.yaml:8:5: cases[1]: arch: found no such key; allowed: it is required");
  small.replace("sweep.yaml", "{truncation: 1}", "{truncation: 1, arch: arch.yaml}");
  CHECK(read(small).points.size() == 4);
}

TEST_CASE("a wrong case is refused with its place", "[cli][negative]") {
  const SmallSweep small;
  SECTION("no list") {
    append(small, "cases: fast\n");
    CHECK(small.complaint() ==
          "sweep.yaml:7:8: cases: found 'fast'; allowed: a list of 1 to 1000");
  }
  SECTION("an empty list") {
    append(small, "cases: []\n");
    CHECK(small.complaint() ==
          "sweep.yaml:7:8: cases: found a list of 0; allowed: a list of 1 to 1000");
  }
  SECTION("a map instead of a list") {
    append(small, "cases: {arch.rows: 3}\n");
    CHECK_THAT(small.complaint(), StartsWith("sweep.yaml:7:9: cases.arch.rows: found an unknown key"));
  }
  SECTION("no map in the list") {
    append(small, "cases: [{label: a}, b]\n");
    CHECK(small.complaint() ==
          "sweep.yaml:7:21: cases[1]: found 'b'; allowed: a map of the keys that the case changes");
  }
  SECTION("an unknown key") {
    append(small, "cases:\n  - label: a\n    truncatoin: 3\n");
    const std::string text = small.complaint();
    CHECK_THAT(text, StartsWith("sweep.yaml:9:5: truncatoin: found an unknown key (is 'truncation' "
                                "meant?); allowed: name, network, "));
    CHECK_THAT(text, Contains(", label"));
  }
  SECTION("an unknown key of the accelerator") {
    append(small, "cases:\n  - arch: {colls: 3}\n");
    CHECK_THAT(small.complaint(),
               StartsWith("sweep.yaml:8:12: arch.colls: found an unknown key (is 'arch.cols' meant?)"));
  }
  SECTION("a label outside a case") {
    append(small, "label: a\n");
    CHECK_THAT(small.complaint(), StartsWith("sweep.yaml:7:1: label: found an unknown key"));
  }
  SECTION("`cases` misspelt") {
    append(small, "case: [{label: a}]\n");
    CHECK_THAT(small.complaint(),
               StartsWith("sweep.yaml:7:1: case: found an unknown key (is 'cases' meant?)"));
  }
  SECTION("cases inside a case") {
    append(small, "cases:\n  - cases: [{label: a}]\n");
    CHECK_THAT(small.complaint(), StartsWith("sweep.yaml:8:5: cases: found an unknown key"));
  }
  SECTION("an axis inside a case") {
    append(small, "cases:\n  - sweep: {arch.rows: [3, 4]}\n");
    CHECK(small.complaint() == "sweep.yaml:8:24: sweep.arch.rows: found in a case; allowed: only "
                               "beside `cases:`");
  }
  SECTION("the name") {
    append(small, "cases:\n  - {name: a}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:8:12: name: found in a case; allowed: only beside `cases:`");
  }
  SECTION("a label twice") {
    append(small, "cases:\n  - {label: a}\n  - {label: a, arch.rows: 3}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:9:13: cases[1].label: found 'a' again; allowed: each label once");
  }
  SECTION("the same changes twice") {
    append(small, "cases:\n  - {arch.rows: 3, truncation: 1}\n  - {arch.rows: 3, truncation: 2}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:9:5: cases[1].label: found 'arch.rows=3' again; allowed: each label once");
  }
  SECTION("a label that is no line of text") {
    append(small, "cases:\n  - {label: [a]}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:8:13: label: found a list of 1; allowed: one line of text");
  }
  SECTION("a label that is too long") {
    append(small, "cases:\n  - label: " + std::string(61, 'a') + "\n");
    CHECK_THAT(small.complaint(), StartsWith("sweep.yaml:8:12: label: found 'aaa") &&
                                      Contains("; allowed: at most 60 characters"));
  }
  SECTION("a value of a case that is an axis too") {
    append(small, "cases:\n  - {label: a, arch.rows: 3}\nsweep: {arch.rows: [3, 4]}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:8:27: arch.rows: found a value and an axis; allowed: one of them");
  }
  SECTION("a list where a case takes a value") {
    append(small, "cases:\n  - {label: a, arch.rows: [3, 4]}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:8:27: arch.rows: found a list of 2; allowed: a whole number 1..255");
  }
  SECTION("a value out of range") {
    append(small, "cases:\n  - {label: a, arch.rows: 0}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:8:27: arch.rows: found '0'; allowed: a whole number 1..255");
  }
  SECTION("a truncation length twice") {
    append(small, "cases:\n  - {label: a, truncation: [3, 3]}\n");
    CHECK(small.complaint() ==
          "sweep.yaml:8:32: truncation[1]: found '3' again; allowed: each value once");
  }
  SECTION("too many points") {
    append(small, "cases: [{}, {}, {}]\n");
    std::string lanes = "1";
    for (int i = 2; i <= 255; ++i) lanes += "," + std::to_string(i);
    CHECK(small.complaint({"--set", "sweep.arch.lanes=[" + lanes + "]", "--set",
                           "sweep.arch.rows=[" + lanes + "]"}) ==
          "sweep.yaml: sweep: found more than 100000 points; allowed: at most 100000");
  }
  SECTION("on the command line") {
    CHECK(small.complaint({"--set", "cases=[{arch.row: 3}]"}).find(
              "--set cases=[{arch.row: 3}]: arch.row: found an unknown key (is 'arch.rows' meant?)") ==
          0);
  }
}

TEST_CASE("a bit-serial dump needs truncation lengths in every case", "[cli][negative]") {
  const SmallSweep small;
  small.replace("sweep.yaml", "truncation: [1, 3, 8]\n", "");
  append(small, "cases:\n  - {label: a, truncation: 3}\n  - {label: b}\n");
  CHECK(small.complaint() ==
        "sweep.yaml:8:5: cases[1]: truncation: found no such key; allowed: it is required, 1..8, the "
        "bits of dump");
  models::write_dump(small.path("dump"),
                     test::make_awkward_network(1, models::WeightFormat::kBwb, 4), true);
  small.replace("sweep.yaml", "{label: b}", "{label: b, truncation: [4, 5]}");
  CHECK(small.complaint() ==
        "sweep.yaml:8:32: truncation: found 5; allowed: 1..4, the bits of dump");
}

TEST_CASE("one case of a sweep can be chosen", "[cli]") {
  const SmallSweep small;
  append(small, "cases:\n  - {label: a, truncation: 3}\n  - {label: \"b(8,1)\"}\n  - {label: c}\n");
  const auto outcome = small.sweep({"--case", "c", "--case", "a"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  const std::string csv = small.read("out/results.csv");
  CHECK_THAT(csv, Contains("top1,top5,label,cosim_images"));
  CHECK_THAT(csv, Contains("\n0,awkward,") && Contains("\n3,awkward,") && !Contains("\n4,awkward,"));
  const auto one = small.run({"run", "sweep.yaml", "--case", "b(8,1)", "--truncation", "8"});
  CAPTURE(one.err);
  CHECK(one.status == 0);
  CHECK(small.complaint({"--force", "--case", "b(8,0)"}) ==
        "--case: found 'b(8,0)' (is 'b(8,1)' meant?); allowed: a, b(8,1), c");
  const SmallSweep plain;
  CHECK(plain.complaint({"--case", "a"}) ==
        "--case: found 'a'; allowed: none, sweep.yaml has no cases");
}
