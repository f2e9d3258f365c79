// SPDX-License-Identifier: Apache-2.0
// absim-train: options, exit status, nothing else.
#include <malloc.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "models/core/error.hpp"
#include "models/train/config.hpp"
#include "models/train/loop.hpp"

namespace {

namespace po = boost::program_options;
namespace train = absim::models::train;

constexpr int kUsage = 2;
constexpr int kInternal = 3;

void print_help(const po::options_description& options) {
  std::cout
      << "Usage: absim-train CONFIG.yaml [--data DIR] [--out DIR] [--seed N] [--resume | --force]\n"
         "Trains a network for one of the methods of docs/training.md. Writes into the --out "
         "directory:\n"
         "log.csv (a line an epoch), checkpoint.safetensors (after each epoch), and at the "
         "end\n"
         "<network>_<method>.safetensors, a dump (dump/) and its accuracy on the test set "
         "(test.csv).\n\n"
      << options << "\nExit status: 0 fine; 2 wrong usage, configuration or input; 3 internal.\n";
}

int run(int argc, char** argv) {
  std::string config_path;
  train::RunOptions run_options;
  po::options_description visible("Options");
  visible.add_options()("help,h", "print this text")("version", "print the version")(
      "data", po::value(&run_options.data)->default_value("data/cifar10")->value_name("DIR"),
      "CIFAR-10 binary batches, as scripts/fetch_data.sh leaves them")(
      "out", po::value(&run_options.out)->default_value("results/train")->value_name("DIR"),
      "where to write")("seed", po::value<std::uint32_t>()->value_name("N"),
                        "instead of the configuration's")(
      "resume", po::bool_switch(&run_options.resume),
      "go on after the last epoch of the checkpoint in --out")(
      "force", po::bool_switch(&run_options.force), "begin anew over a checkpoint in --out")(
      "quiet,q", po::bool_switch(&run_options.quiet), "no progress on stderr");
  po::options_description all;
  all.add(visible).add_options()("config", po::value(&config_path));
  po::positional_options_description positional;
  positional.add("config", 1);
  po::variables_map values;
  po::store(po::command_line_parser(argc, argv).options(all).positional(positional).run(), values);
  po::notify(values);
  if (values.count("help") != 0) {
    print_help(visible);
    return 0;
  }
  if (values.count("version") != 0) {
    fmt::print("absim-train {}\n", ABSIM_VERSION);
    return 0;
  }
  if (config_path.empty()) throw po::error("no CONFIG.yaml given");
  train::Config config = train::read_config(config_path);
  if (values.count("seed") != 0) config.seed = values["seed"].as<std::uint32_t>();
  const train::RunResult result = train::run(config, run_options);
  for (const train::TestResult& test : result.test) {
    const double percent = train::top1_percent(test.accuracy);
    if (test.arithmetic == "float") {
      fmt::print("float inference: {:.2f} % of the test set\n", percent);
    } else {
      fmt::print("integer inference, norms {}, t = {}: {:.2f} %\n", test.norms, test.truncation,
                 percent);
    }
  }
  fmt::print("{}\n", result.weights);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Keep freed activations instead of handing them back: page faults cost several percent of a
  // step.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  try {
    return run(argc, argv);
  } catch (const po::error& error) {
    fmt::print(stderr, "absim-train: {}; try --help\n", error.what());
    return kUsage;
  } catch (const absim::Error& error) {
    fmt::print(stderr, "absim-train: {}\n", error.what());
    return kUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "absim-train: internal error: {}\n", error.what());
    return kInternal;
  }
}
