// SPDX-License-Identifier: Apache-2.0
// Figures: there, the same bytes every time; and results without them where they cannot be drawn.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

#include "tests/support/small_sweep.hpp"

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
