// SPDX-License-Identifier: Apache-2.0
// What a sweep leaves behind: complete results or nothing, the same at any number of jobs.
#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "tests/support/small_sweep.hpp"

using absim::test::SmallSweep;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
namespace fs = std::filesystem;

namespace {

constexpr const char* kColumns =
    "point,network,dataset,images,arch,pe,format,truncation,fidelity,layer,macs,cycles,"
    "compute_cycles,stall_cycles,utilization,latency_us,energy_pe_pj,energy_buffer_pj,"
    "energy_dram_pj,energy_postproc_pj,energy_leakage_pj,energy_total_pj,top1,top5";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

}  // namespace

TEST_CASE("a sweep writes the documented columns, a row a layer and a total", "[cli]") {
  const SmallSweep small;
  const auto outcome = small.sweep();
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto lines = lines_of(small.read("out/results.csv"));
  REQUIRE(lines.size() == 1 + 3 * 12);  // three lengths, eleven layers and the total
  CHECK(lines[0] == std::string(kColumns) +
                        ",cosim_images,stall_start,stall_bank_conflict,stall_walker,stall_act_wait,"
                        "stall_weight_wait,stall_drain,stall_residual_wait,stall_store_wait,"
                        "stall_end");
  for (std::size_t point = 0; point < 3; ++point) {
    std::uint64_t cycles = 0;
    std::uint64_t macs = 0;
    for (std::size_t layer = 0; layer < 11; ++layer) {
      const auto fields = fields_of(lines[1 + point * 12 + layer]);
      REQUIRE(fields.size() == 34);
      macs += std::stoull(fields[10]);
      cycles += std::stoull(fields[11]);
      CHECK(std::stoull(fields[12]) + std::stoull(fields[13]) == std::stoull(fields[11]));
      CHECK(std::stod(fields[14]) <= 1.0);
      std::uint64_t stalls = 0;
      for (std::size_t reason = 25; reason < 34; ++reason) stalls += std::stoull(fields[reason]);
      CHECK(stalls == std::stoull(fields[13]));
      CHECK(fields[22].empty());
    }
    const auto total = fields_of(lines[1 + point * 12 + 11]);
    CHECK(total[9] == "total");
    CHECK(std::stoull(total[10]) == macs);
    CHECK(std::stoull(total[11]) == cycles);
    CHECK(std::stod(total[15]) == Approx(static_cast<double>(cycles) / 500.0));
    CHECK(std::stod(total[21]) == Approx(std::stod(total[16]) + std::stod(total[17]) +
                                         std::stod(total[18]) + std::stod(total[19]) +
                                         std::stod(total[20])));
    CHECK(std::stod(total[22]) <= std::stod(total[23]));
  }
  for (const char* name : {"results.json", "manifest.json", "table.tex"}) {
    CHECK(!small.read(std::string("out/") + name).empty());
  }
  CHECK_THAT(outcome.out, Contains("speed-up"));
  CHECK_THAT(outcome.err, Contains("results written to out"));
}

TEST_CASE("results are the same bytes at any number of jobs", "[cli]") {
  const SmallSweep small;
  small.write("sweep.yaml", small.read("sweep.yaml") +
                                "sweep:\n  arch.rows: [3, 4]\n  arch.plane_order: [progressive, "
                                "stationary]\n");
  std::string first;
  std::string first_table;
  for (const char* jobs : {"1", "2", "4"}) {
    const auto outcome = small.sweep({"--jobs", jobs, "--force"});
    CAPTURE(jobs, outcome.err);
    REQUIRE(outcome.status == 0);
    const std::string csv = small.read("out/results.csv") + small.read("out/results.json");
    if (first.empty()) {
      first = csv;
      first_table = outcome.out;
    }
    CHECK(csv == first);
    CHECK(outcome.out == first_table);
  }
  CHECK_THAT(first, Contains("arch.rows,arch.plane_order,cosim_images"));
  CHECK_THAT(first, Contains(",4,stationary,0,"));
}

TEST_CASE("the clocked SystemC core agrees with the fast model at any number of jobs", "[cli]") {
  const SmallSweep small;
  std::string first;
  for (const char* jobs : {"1", "3"}) {
    const auto outcome = small.sweep({"--jobs", jobs, "--force", "--set", "fidelity=systemc",
                                      "--set", "cosim_images=2"});
    CAPTURE(jobs, outcome.err);
    REQUIRE(outcome.status == 0);
    const std::string csv = small.read("out/results.csv");
    if (first.empty()) first = csv;
    CHECK(csv == first);
  }
  CHECK_THAT(first, Contains(",systemc,"));
}

TEST_CASE("existing results are replaced only when asked", "[cli][negative]") {
  const SmallSweep small;
  REQUIRE(small.sweep().status == 0);
  const std::string before = small.read("out/manifest.json");
  CHECK(small.complaint() ==
        "out: found something there already; allowed: a new directory, or --force");
  CHECK(small.read("out/manifest.json") == before);
  CHECK(small.sweep({"--overwrite"}).status == 0);
  CHECK(small.read("out/manifest.json") != before);
  CHECK(small.surplus() == "out ");
}

TEST_CASE("a directory that holds no results is never replaced", "[cli][negative]") {
  const SmallSweep small;
  fs::create_directory(small.path("out"));
  small.write("out/thesis.tex", "x");
  CHECK_THAT(small.complaint({"--force"}), StartsWith("out: found something other than earlier "
                                                      "output (no manifest.json)"));
  CHECK(small.read("out/thesis.tex") == "x");
}

TEST_CASE("a failed run leaves nothing behind", "[cli][negative]") {
  const SmallSweep small;
  fs::create_directory(small.path("locked"));
  small.write("locked/file", "");
  const auto outcome =
      small.run({"sweep", "sweep.yaml", "--no-figures", "--out", "locked/file/out"});
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, StartsWith("absim sweep: locked/file"));
  CHECK(small.surplus() == "locked ");
}

TEST_CASE("a run killed at any time leaves no half-written results", "[cli][negative]") {
  const SmallSweep small(400);
  std::size_t killed = 0;
  for (int delay_ms = 0; delay_ms <= 400; delay_ms += 20) {
    const pid_t child = absim::test::start_absim(
        {"sweep", "sweep.yaml", "--no-figures", "--force", "--out", "out"}, small.path());
    ::usleep(static_cast<useconds_t>(delay_ms) * 1000);
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    killed += WIFSIGNALED(status) ? 1U : 0U;
    if (!fs::exists(small.path("out"))) continue;
    CAPTURE(delay_ms);
    REQUIRE(lines_of(small.read("out/results.csv")).size() == 1 + 3 * 12);
    REQUIRE(fs::exists(small.path("out/manifest.json")));
  }
  CHECK(killed > 0);
  const auto outcome = small.sweep({"--force"});  // and the next run is not hindered
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(small.surplus() == "out ");
}

TEST_CASE("two runs at once into one directory: one of them wins whole", "[cli]") {
  const SmallSweep small(200);
  fs::create_directory(small.path("second"));
  const pid_t other = absim::test::start_absim(
      {"sweep", small.path("sweep.yaml"), "--no-figures", "--out", small.path("out")},
      small.path("second"));
  const auto outcome = small.sweep();
  int status = 0;
  REQUIRE(::waitpid(other, &status, 0) == other);
  const int other_status = WEXITSTATUS(status);
  CAPTURE(outcome.err, outcome.status, other_status);
  CHECK((outcome.status == 0 || other_status == 0));
  CHECK((outcome.status == 2 || other_status == 2));
  CHECK(lines_of(small.read("out/results.csv")).size() == 1 + 3 * 12);
  CHECK(small.surplus() == "out second ");
}

TEST_CASE("the manifest says what is needed to repeat a run", "[cli]") {
  const SmallSweep small;
  REQUIRE(small.sweep({"--set", "arch.rows=3"}).status == 0);
  const std::string manifest = small.read("out/manifest.json");
  for (const char* text :
       {"\"git_revision\"", "\"systemc\": \"2.3", "\"arch.rows\": 3", "\"arch.dram.latency_cycles\": 20",
        "\"sha256\"", "dump/tensors.safetensors", "arch.yaml", "horowitz45.yaml", "\"wall_time_s\"",
        "--set", "\"truncation\": 8"}) {
    CHECK_THAT(manifest, Contains(text));
  }
}

TEST_CASE("paths are relative to the file that names them", "[cli]") {
  const SmallSweep small;
  fs::create_directory(small.path("elsewhere"));
  const auto outcome = absim::test::run_absim(
      {"sweep", "../sweep.yaml", "--no-figures", "--quiet", "--out", "deep/out"},
      small.path("elsewhere"));
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(fs::exists(small.path("elsewhere/deep/out/results.csv")));
}
