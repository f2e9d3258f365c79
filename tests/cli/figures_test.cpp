// SPDX-License-Identifier: Apache-2.0
// Figures: there, the same bytes every time; and results without them where they cannot be drawn.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "models/network/dump.hpp"
#include "tests/support/small_sweep.hpp"
#include "tests/support/test_networks.hpp"

using absim::test::SmallSweep;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Sets an environment variable for one test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

bool has_matplotlib() {
  return std::system("/usr/bin/python3 -c 'import matplotlib' > /dev/null 2>&1") == 0;
}

}  // namespace

TEST_CASE("a sweep draws figures, the same bytes every time", "[cli]") {
  if (!has_matplotlib()) {
    WARN("not tested: /usr/bin/python3 has no matplotlib");
    return;
  }
  const SmallSweep small;
  for (const char* out : {"one", "two"}) {
    const auto outcome = small.run({"sweep", "sweep.yaml", "--out", out});
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.err.find("no figures") == std::string::npos);
  }
  for (const char* name : {"truncation", "energy", "layers"}) {
    for (const char* kind : {".svg", ".pdf"}) {
      const std::string file = std::string("/") + name + kind;
      CAPTURE(file);
      CHECK(small.read("one" + file).size() > 1000);
      CHECK(small.read("one" + file) == small.read("two" + file));
    }
  }
}

TEST_CASE("a sweep over formats draws a figure of formats, the same bytes every time", "[cli]") {
  if (!has_matplotlib()) {
    WARN("not tested: /usr/bin/python3 has no matplotlib");
    return;
  }
  const SmallSweep small;
  absim::models::write_dump(
      small.path("other"),
      absim::test::make_awkward_network(2, absim::models::WeightFormat::kTwosComplement, 4), false);
  small.replace("sweep.yaml", "truncation: [1, 3, 8]\n",
                "cases:\n"
                "  - {label: ABS, truncation: [1, 3, 8]}\n"
                "  - {label: \"cut (4, t)\", network: other, truncation: 4}\n");
  for (const char* out : {"one", "two"}) {
    const auto outcome = small.run({"sweep", "sweep.yaml", "--out", out});
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK(outcome.err.find("no figures") == std::string::npos);
  }
  for (const char* name : {"formats", "formats-energy", "layers", "layers-2"}) {
    for (const char* kind : {".svg", ".pdf"}) {
      const std::string file = std::string("/") + name + kind;
      CAPTURE(file);
      CHECK(small.read("one" + file).size() > 1000);
      CHECK(small.read("one" + file) == small.read("two" + file));
    }
  }
  CHECK(!std::filesystem::exists(small.path("one/truncation.svg")));
  // It draws without an energy for one of its points, and several results beside each other.
  std::string json = small.read("one/results.json");
  std::size_t at = json.rfind("\"cut (4, t)\"");
  for (const char* key : {"energy_pe_pj", "energy_postproc_pj", "energy_total_pj"}) {
    const std::size_t value = json.find(": ", json.find(key, at)) + 2;
    json.replace(value, json.find_first_of(",\n", value) - value, "null");
  }
  small.write("one/results.json", json);
  const auto report = small.run({"report", "one", "two", "--out", "both"});
  CAPTURE(report.err);
  CHECK(report.status == 0);
  CHECK(report.err.find("no figures") == std::string::npos);
  CHECK(small.read("both/formats.svg") != small.read("one/formats.svg"));
  CHECK(small.read("both/formats-2.svg") == small.read("two/formats.svg"));
}

TEST_CASE("without Python or matplotlib there are results, and a line says why no figures",
          "[cli][negative]") {
  const SmallSweep small;
  SECTION("no interpreter") {
    const Environment python("ABSIM_PYTHON", "/nowhere/python3");
    const auto outcome = small.run({"sweep", "sweep.yaml", "--out", "out"});
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, Contains("no figures: /nowhere/python3: No such file or directory"));
  }
  SECTION("no matplotlib") {
    small.write("matplotlib.py", "raise ImportError\n");
    const Environment path("PYTHONPATH", small.path());
    const auto outcome = small.run({"sweep", "sweep.yaml", "--out", "out"});
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, Contains("no figures: matplotlib is not installed"));
  }
  CHECK(!small.read("out/results.csv").empty());
  CHECK(!std::filesystem::exists(small.path("out/truncation.svg")));
}
