// SPDX-License-Identifier: Apache-2.0
// Tasks in processes of their own: results in order, failures with their type, nothing left running.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <csignal>
#include <set>

#include "models/core/error.hpp"
#include "sim/core/mismatch.hpp"
#include "sim/sweep/processes.hpp"
#include "tests/support/message_of.hpp"

using absim::Error;
using absim::sim::MismatchError;
using absim::sim::run_in_processes;
using absim::test::message_of;

TEST_CASE("results come back in order, each from a process of its own", "[cli]") {
  for (const unsigned jobs : {1U, 3U, 20U}) {
    std::size_t last = 0;
    const auto results = run_in_processes(
        10, jobs,
        [](std::size_t i) { return std::to_string(i) + " " + std::to_string(::getpid()); },
        [&](std::size_t done) {
          CHECK(done >= last);
          last = done;
        });
    REQUIRE(results.size() == 10);
    CHECK(last == 10);
    std::set<std::string> processes = {std::to_string(::getpid())};
    for (std::size_t i = 0; i < 10; ++i) {
      CHECK(results[i].rfind(std::to_string(i) + " ", 0) == 0);
      processes.insert(results[i].substr(2));
    }
    CHECK(processes.size() == 11);
  }
}

TEST_CASE("long and empty results survive the pipe", "[cli]") {
  const std::string text(3000000, 'x');
  const auto results =
      run_in_processes(2, 2, [&](std::size_t i) { return i == 0 ? text : std::string(); });
  CHECK(results[0] == text);
  CHECK(results[1].empty());
  CHECK(run_in_processes(0, 2, [](std::size_t) { return std::string(); }).empty());
}

TEST_CASE("an error keeps its type and text; the lowest-numbered task wins", "[cli][negative]") {
  for (const unsigned jobs : {1U, 4U}) {
    const auto run = [&] {
      run_in_processes(6, jobs, [](std::size_t i) -> std::string {
        if (i == 2) {
          ::usleep(50000);
          throw absim::ConfigError("task 2");
        }
        if (i == 3) throw Error("task 3");
        return "";
      });
    };
    CHECK(message_of<Error>(run) == "task 2");
  }
}

TEST_CASE("a difference keeps layer, cycle, signal and values", "[cli][negative]") {
  try {
    run_in_processes(1, 1, [](std::size_t) -> std::string {
      throw MismatchError("conv1 (point 0, truncation 2, image 0)", 123456789012ULL, "out_data",
                          "1 2", "3");
    });
    FAIL("no error");
  } catch (const MismatchError& error) {
    CHECK(error.layer() == "conv1 (point 0, truncation 2, image 0)");
    CHECK(error.cycle() == 123456789012ULL);
    CHECK(error.signal() == "out_data");
    CHECK(error.expected() == "1 2");
    CHECK(error.found() == "3");
  }
}

TEST_CASE("a worker that dies is an internal error", "[cli][negative]") {
  CHECK(message_of<std::runtime_error>([] {
          run_in_processes(1, 1, [](std::size_t) -> std::string {
            ::raise(SIGKILL);
            return "";
          });
        }) == "a worker process ended without a result (signal 9)");
  CHECK(message_of<std::runtime_error>([] {
          run_in_processes(1, 1, [](std::size_t) -> std::string { throw std::logic_error("bug"); });
        }) == "bug");
}
