// SPDX-License-Identifier: Apache-2.0
// The program absim: picks a subcommand, turns exceptions into exit statuses.
#include <array>
#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <systemc>

#include "models/core/nearest.hpp"
#include "sim/app/command.hpp"
#include "sim/core/mismatch.hpp"
#include "sim/report/version.hpp"

namespace absim::app {
namespace {

const std::array<const Command*, 6> kCommands = {&kSweep,     &kRun,      &kCosim,
                                                 &kCosimUnit, &kQuantize, &kReport};

void print_help() {
  fmt::print(
      "Usage: absim COMMAND [ARGUMENTS]\n"
      "Cycle-accurate simulator of bit-serial neural-network accelerators: accuracy, cycles and\n"
      "energy against the number of weight bits that are processed.\n\nCommands:\n");
  for (const Command* command : kCommands) {
    fmt::print("  {:11} {}\n", command->name, command->summary);
  }
  fmt::print(
      "\n`absim COMMAND --help` describes a command, `absim --version` prints the version.\n"
      "Exit status: 0 fine; 1 a comparison found a difference; 2 wrong usage, configuration or\n"
      "input; 3 internal error.\n");
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command* command : kCommands) {
    if (name == command->name) return *command;
    names.emplace_back(command->name);
  }
  const std::string similar = models::nearest(name, names);
  throw UsageError(fmt::format("unknown command '{}'{}", name,
                               similar.empty() ? "" : fmt::format("; is '{}' meant?", similar)));
}

int dispatch(const Arguments& arguments, std::string& name) {
  if (arguments.empty()) throw UsageError("found no command");
  const std::string& first = arguments.front();
  if (first == "--help" || first == "help") {
    print_help();
    return kOk;
  }
  if (first == "--version") {
    fmt::print("absim {} ({})\n", sim::version_number(), sim::git_revision());
    return kOk;
  }
  const Command& command = find_command(first);
  name = std::string(" ") + command.name;
  return command.run({arguments.begin() + 1, arguments.end()});
}

int run(const Arguments& arguments) {
  std::string name;  // of the subcommand, after a blank
  try {
    const int status = dispatch(arguments, name);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      throw Error("standard output cannot be written");
    }
    return status;
  } catch (const UsageError& error) {
    fmt::print(stderr, "absim{}: {}; see absim{} --help\n", name, error.what(), name);
    return kUsage;
  } catch (const Error& error) {
    fmt::print(stderr, "absim{}: {}\n", name, error.what());
    return kUsage;
  } catch (const sim::MismatchError& error) {
    fmt::print(stderr, "absim{}: MISMATCH: {}\n", name, error.what());
    return kMismatch;
  } catch (const std::exception& error) {
    fmt::print(stderr, "absim{}: internal error: {}\n", name, error.what());
    return kInternal;
  }
}

}  // namespace
}  // namespace absim::app

/// The SystemC library asks for it; kernels are made where a simulation runs (sim/system/kernel.hpp).
int sc_main(int argc, char* argv[]) {
  return absim::app::run({argv + (argc > 0 ? 1 : 0), argv + argc});
}

int main(int argc, char* argv[]) { return sc_main(argc, argv); }
