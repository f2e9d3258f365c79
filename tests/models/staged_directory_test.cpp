// SPDX-License-Identifier: Apache-2.0
// A staged directory appears whole or not at all.
#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/core/error.hpp"
#include "models/core/staged_directory.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using absim::Error;
using absim::StagedDirectory;
using absim::test::message_of;
using absim::test::TempDir;
namespace fs = std::filesystem;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::size_t entries(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(directory)) {
    count += entry.path().empty() ? 0U : 1U;
  }
  return count;
}

}  // namespace

TEST_CASE("a staged directory is invisible before commit and complete after it", "[models]") {
  const TempDir temp;
  const std::string target = temp.path("a/b/out");
  {
    StagedDirectory staged(target, false, "mark");
    staged.write("mark", "one");
    CHECK(!fs::exists(target));
    staged.commit();
    CHECK(read(target + "/mark") == "one");
  }
  CHECK(read(target + "/mark") == "one");
  CHECK(entries(temp.path("a/b")) == 1);
}

TEST_CASE("a staged directory without commit leaves nothing", "[models]") {
  const TempDir temp;
  { StagedDirectory(temp.path("out"), false, "mark").write("mark", "one"); }
  CHECK(entries(temp.path()) == 0);
}

TEST_CASE("an existing directory is replaced only when asked and only if it is earlier output",
          "[models][negative]") {
  const TempDir temp;
  const std::string target = temp.path("out");
  fs::create_directory(target);
  std::ofstream(target + "/precious") << "x";
  CHECK(message_of<Error>([&] { StagedDirectory(target, false, "mark"); }) ==
        target + ": found something there already; allowed: a new directory, or --force");
  CHECK(message_of<Error>([&] { StagedDirectory(target, true, "mark"); }) ==
        target + ": found something other than earlier output (no mark); allowed: only earlier "
                 "output is replaced");
  std::ofstream(target + "/mark") << "old";
  {
    StagedDirectory staged(target, true, "mark");
    staged.write("mark", "new");
    CHECK(read(target + "/mark") == "old");
    staged.commit();
  }
  CHECK(read(target + "/mark") == "new");
  CHECK(!fs::exists(target + "/precious"));
  CHECK(entries(temp.path()) == 1);
}

TEST_CASE("of two runs with one target the second to finish is refused", "[models][negative]") {
  const TempDir temp;
  StagedDirectory first(temp.path("out"), false, "mark");
  StagedDirectory second(temp.path("out"), false, "mark");
  first.write("mark", "first");
  second.write("mark", "second");
  first.commit();
  CHECK_THROWS_AS(second.commit(), Error);
  CHECK(read(temp.path("out/mark")) == "first");
}

TEST_CASE("what a killed run left behind is removed by the next one", "[models]") {
  const TempDir temp;
  const pid_t child = ::fork();
  if (child == 0) {
    StagedDirectory staged(temp.path("out"), false, "mark");
    staged.write("mark", "half");
    ::raise(SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(!fs::exists(temp.path("out")));
  REQUIRE(entries(temp.path()) == 2);  // the staged directory and its lock
  {
    StagedDirectory staged(temp.path("out"), false, "mark");
    staged.write("mark", "whole");
    staged.commit();
  }
  CHECK(read(temp.path("out/mark")) == "whole");
  CHECK(entries(temp.path()) == 1);
}
