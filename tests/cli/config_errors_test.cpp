// SPDX-License-Identifier: Apache-2.0
// Every wrong configuration gives one line that names file, line, column and key, and exit status 2.
#include <catch2/catch.hpp>

#include "tests/support/small_sweep.hpp"

using absim::test::SmallSweep;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("a sweep that does not parse is refused", "[cli][negative]") {
  const SmallSweep small;
  small.replace("sweep.yaml", "[1, 3, 8]", "[1, 3, 8");
  CHECK_THAT(small.complaint(), StartsWith("sweep.yaml:6:1: found broken YAML"));
}

TEST_CASE("an accelerator or energy table that does not parse is refused", "[cli][negative]") {
  const SmallSweep small;
  SECTION("accelerator") {
    small.replace("arch.yaml", "{bytes_per_cycle: 8,", "{bytes_per_cycle: 8");
    CHECK_THAT(small.complaint(), StartsWith("arch.yaml:") && Contains("found broken YAML"));
  }
  SECTION("energy table") {
    small.write("tech.yaml", "name: [\n");
    CHECK_THAT(small.complaint({"--set", "tech=tech.yaml"}),
               StartsWith("tech.yaml:") && Contains("found broken YAML"));
  }
}

TEST_CASE("an unknown key is refused and the nearest known one suggested", "[cli][negative]") {
  const SmallSweep small;
  SECTION("in the sweep") {
    small.replace("sweep.yaml", "truncation:", "trunaction:");
    CHECK_THAT(small.complaint(),
               StartsWith("sweep.yaml:6:1: trunaction: found an unknown key (is 'truncation' "
                          "meant?); allowed: name, "));
  }
  SECTION("in the accelerator") {
    small.replace("arch.yaml", "latency_cycles", "latency");
    CHECK_THAT(small.complaint(),
               StartsWith("arch.yaml:9:28: arch.dram.latency: found an unknown key (is "
                          "'arch.dram.latency_cycles' meant?)"));
  }
  SECTION("on the command line") {
    CHECK_THAT(small.complaint({"--set", "arch.row=8"}),
               StartsWith("--set arch.row=8: arch.row: found an unknown key (is 'arch.rows' "
                          "meant?)"));
  }
  SECTION("as an axis") {
    small.write("sweep.yaml", small.read("sweep.yaml") + "sweep:\n  arch.colls: [2]\n");
    CHECK_THAT(small.complaint(),
               StartsWith("sweep.yaml:8:3: arch.colls: found an unknown key (is 'arch.cols' "
                          "meant?)"));
  }
}

TEST_CASE("a wrong type is refused", "[cli][negative]") {
  const SmallSweep small;
  SECTION("text for a number") {
    small.replace("arch.yaml", "rows: 4", "rows: four");
    CHECK(small.complaint() ==
          "arch.yaml:2:7: arch.rows: found 'four'; allowed: a whole number 1..255");
  }
  SECTION("a fraction for a whole number") {
    small.replace("arch.yaml", "rows: 4", "rows: 4.5");
    CHECK(small.complaint() ==
          "arch.yaml:2:7: arch.rows: found '4.5'; allowed: a whole number 1..255");
  }
  SECTION("a list for a value") {
    small.replace("arch.yaml", "rows: 4", "rows: [4, 8]");
    CHECK_THAT(small.complaint(), StartsWith("arch.yaml:2:7: arch.rows: found a list of 2"));
  }
  SECTION("a value for a map") {
    small.replace("sweep.yaml", "{path: images.safetensors, images: 20}", "images.safetensors");
    CHECK_THAT(small.complaint(), StartsWith("sweep.yaml:3:1: dataset: found an unknown key (is "
                                             "'dataset.path' meant?)"));
  }
  SECTION("a word that is no choice") {
    small.write("sweep.yaml", small.read("sweep.yaml") + "fidelity: quick\n");
    CHECK(small.complaint() == "sweep.yaml:7:11: fidelity: found 'quick'; allowed: fast | systemc | "
                               "rtl | lockstep");
  }
}

TEST_CASE("a value out of range is refused where it was given", "[cli][negative]") {
  const SmallSweep small;
  SECTION("in a file") {
    small.replace("arch.yaml", "clock_mhz: 500", "clock_mhz: 0");
    CHECK(small.complaint() ==
          "arch.yaml:10:12: arch.clock_mhz: found '0'; allowed: a number 0.001..100000");
  }
  SECTION("on the command line") {
    CHECK(small.complaint({"--set", "arch.rows=256"}) ==
          "--set arch.rows=256: arch.rows: found '256'; allowed: a whole number 1..255");
  }
  SECTION("in an axis") {
    small.write("sweep.yaml", small.read("sweep.yaml") + "sweep:\n  arch.lanes: [8, 0]\n");
    CHECK(small.complaint() ==
          "sweep.yaml:8:19: arch.lanes: found '0'; allowed: a whole number 1..255");
  }
  SECTION("in the list of truncation lengths") {
    small.replace("sweep.yaml", "[1, 3, 8]", "[1, 17]");
    CHECK(small.complaint() ==
          "sweep.yaml:6:17: truncation: found '17'; allowed: a whole number 1..16");
  }
}

TEST_CASE("rules between keys are checked", "[cli][negative]") {
  const SmallSweep small;
  SECTION("more post-processing lanes than columns") {
    CHECK(small.complaint({"--set", "arch.cols=2"}) ==
          "arch.yaml:6:17: arch.postproc_lanes: found 3; allowed: at most cols = 2");
  }
  SECTION("a slot that holds no word") {
    small.replace("arch.yaml", "weight_buffer_bytes: 4096", "weight_buffer_bytes: 11");
    CHECK(small.complaint() == "arch.yaml:8:22: arch.weight_buffer_bytes: found 11; allowed: at "
                               "least 12 bytes, one word in each slot (2 slots x cols x lanes x bits of a weight / 8)");
  }
  SECTION("a default that does not fit") {
    small.replace("arch.yaml", "postproc_lanes: 3\n", "");
    CHECK(small.complaint() == "arch.yaml: arch.postproc_lanes: found 16, the default; allowed: at "
                               "most cols = 6");
  }
  SECTION("a value twice in an axis") {
    small.replace("sweep.yaml", "[1, 3, 8]", "[1, 3, 1]");
    CHECK(small.complaint() ==
          "sweep.yaml:6:20: truncation[2]: found '1' again; allowed: each value once");
  }
  SECTION("a key as value and as axis") {
    small.write("sweep.yaml", small.read("sweep.yaml") + "sweep:\n  arch: [arch.yaml]\n");
    CHECK(small.complaint() ==
          "sweep.yaml:4:7: arch: found a value and an axis; allowed: one of them");
  }
  SECTION("the name as an axis") {
    CHECK_THAT(small.complaint({"--set", "sweep.name=[a, b]"}),
               Contains("found as an axis; allowed: only beside `sweep:`"));
  }
}

TEST_CASE("a missing key or file is named", "[cli][negative]") {
  const SmallSweep small;
  SECTION("no truncation") {
    small.replace("sweep.yaml", "truncation: [1, 3, 8]\n", "");
    CHECK(small.complaint() ==
          "sweep.yaml: truncation: found no such key; allowed: it is required, 1..8, the bits of dump");
  }
  SECTION("no accelerator's name") {
    small.replace("arch.yaml", "name: tiny\n", "");
    CHECK(small.complaint() == "arch.yaml: arch.name: found no such key; allowed: it is required");
  }
  SECTION("no sweep file") {
    const auto outcome = small.run({"sweep", "nowhere.yaml"});
    CHECK(outcome.status == 2);
    CHECK(outcome.err ==
          "absim sweep: nowhere.yaml: found no readable file; allowed: a YAML file\n");
  }
  SECTION("no accelerator file") {
    small.replace("sweep.yaml", "arch: arch.yaml", "arch: other.yaml");
    CHECK(small.complaint() == "other.yaml: found no readable file; allowed: a YAML file");
  }
  SECTION("no images") {
    small.replace("sweep.yaml", "images.safetensors", "none.safetensors");
    CHECK_THAT(small.complaint(), StartsWith("none.safetensors: "));
  }
  SECTION("no dump") {
    CHECK(small.complaint({"--set", "network=nowhere"}) ==
          "nowhere: found no directory; allowed: a dump");
  }
  SECTION("an empty file") {
    small.write("sweep.yaml", "");
    CHECK_THAT(small.complaint(), Contains("a map of keys and values"));
  }
}

TEST_CASE("a name that is no directory name is refused", "[cli][negative]") {
  const SmallSweep small;
  small.replace("sweep.yaml", "name: small", "name: ../small");
  CHECK_THAT(small.complaint(), StartsWith("sweep.yaml:1:7: name: found '../small'; allowed: "
                                           "letters, digits, '_', '-' and '.'"));
}
