// SPDX-License-Identifier: Apache-2.0
// The command line: help everywhere, versions, and one line and exit status 2 for wrong usage.
#include <catch2/catch.hpp>

#include "tests/support/small_sweep.hpp"

using absim::test::run_absim;
using absim::test::SmallSweep;
using absim::test::TempDir;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("every command explains itself", "[cli]") {
  const TempDir temp;
  const auto main_help = run_absim({"--help"}, temp.path());
  CHECK(main_help.status == 0);
  for (const char* command : {"sweep", "run", "cosim", "cosim-unit", "quantize", "report"}) {
    CAPTURE(command);
    CHECK_THAT(main_help.out, Contains(command));
    const auto help = run_absim({command, "--help"}, temp.path());
    CHECK(help.status == 0);
    CHECK_THAT(help.out, StartsWith(std::string("Usage: absim ") + command));
    CHECK_THAT(help.out, Contains("Options:"));
    CHECK(help.err.empty());
  }
}

TEST_CASE("the version comes with the source revision", "[cli]") {
  const TempDir temp;
  const auto version = run_absim({"--version"}, temp.path());
  CHECK(version.status == 0);
  CHECK_THAT(version.out, StartsWith("absim "));
  CHECK_THAT(version.out, Contains("("));
}

TEST_CASE("wrong usage gives one line and status 2", "[cli][negative]") {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{}, "absim: found no command; see absim --help\n"},
      {{"swep"}, "absim: unknown command 'swep'; is 'sweep' meant?; see absim --help\n"},
      {{"sweep"}, "absim sweep: found no configuration; it is required; see absim sweep --help\n"},
      {{"sweep", "a", "b"},
       "absim sweep: too many arguments; allowed: CONFIG.yaml [OPTIONS]; see absim sweep --help\n"},
      {{"sweep", "a", "--job", "3"},
       "absim sweep: unrecognised option '--job'; see absim sweep --help\n"},
      {{"report"}, "absim report: found no results directory; it is required; see absim report "
                   "--help\n"},
      {{"report", "nowhere"}, "absim report: nowhere/results.json: found no readable file; allowed: "
                              "results of absim sweep\n"},
      {{"quantize", "--out", "d"},
       "absim quantize: found no --format; it is required; see absim quantize --help\n"},
  };
  const TempDir temp;
  for (const Case& one : cases) {
    const auto outcome = run_absim(one.arguments, temp.path());
    CHECK(outcome.status == 2);
    CHECK(outcome.err == one.message);
    CHECK(outcome.out.empty());
  }
  const auto unknown = run_absim({"cosim-unit", "adder"}, temp.path());
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.err, StartsWith("absim cosim-unit: unknown unit 'adder'; allowed: abs_pe"));
}

TEST_CASE("a number of jobs that is none is refused", "[cli][negative]") {
  const SmallSweep small;
  for (const char* jobs : {"0", "-1", "two", "2x", ""}) {
    CAPTURE(jobs);
    CHECK(small.complaint({"--jobs", jobs}) ==
          std::string("--jobs: found '") + jobs + "'; allowed: 1..1024; see absim sweep --help");
  }
}

TEST_CASE("an override that is none is refused", "[cli][negative]") {
  const SmallSweep small;
  CHECK(small.complaint({"--set", "arch.rows"}) ==
        "--set arch.rows: found no key; allowed: key=value");
  CHECK_THAT(small.complaint({"--set", "arch.rows="}), StartsWith("--set arch.rows=: found no value"));
}

TEST_CASE("run shows the layers of one point and refuses more", "[cli]") {
  const SmallSweep small;
  const auto many = small.run({"run", "sweep.yaml"});
  CHECK(many.status == 2);
  CHECK(many.err == "absim run: sweep.yaml: found 3 points; allowed: one (choose with --truncation "
                    "T and --set KEY=VALUE)\n");
  const auto one = small.run({"run", "sweep.yaml", "--truncation", "3"});
  CAPTURE(one.err);
  CHECK(one.status == 0);
  for (const char* text : {"a.conv2", "linear", "total", "drain"}) CHECK_THAT(one.out, Contains(text));
  CHECK(small.surplus().empty());
}

TEST_CASE("report repeats the table of a sweep", "[cli]") {
  const SmallSweep small;
  const auto sweep = small.sweep();
  REQUIRE(sweep.status == 0);
  const std::string latex = small.read("out/table.tex");
  small.write("out/table.tex", "lost");
  const auto report = small.run({"report", "out/", "--no-figures"});
  CAPTURE(report.err);
  CHECK(report.status == 0);
  CHECK(report.out == "small:\n" + sweep.out);
  CHECK(small.read("out/table.tex") == latex);
  const auto both = small.run({"report", "out", "out", "--no-figures", "--out", "both"});
  CHECK(both.status == 0);
  CHECK(small.read("both/table.tex") == latex + latex);
  small.write("out/results.json", "{}");
  const auto broken = small.run({"report", "out", "--no-figures"});
  CHECK(broken.status == 2);
  CHECK_THAT(broken.err, StartsWith("absim report: out/results.json: found broken results"));
}

TEST_CASE("a full standard output is an error", "[cli][negative]") {
  const SmallSweep small;
  const std::string command = "cd " + small.path() + " && " ABSIM_PROGRAM
                              " sweep sweep.yaml --no-figures --quiet > /dev/full 2> .stderr";
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 2);
  CHECK_THAT(small.read(".stderr"), Contains("standard output cannot be written"));
}
