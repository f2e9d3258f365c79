// SPDX-License-Identifier: Apache-2.0
// absim run: one point, layer by layer.
#include <fmt/format.h>

#include "sim/app/command.hpp"
#include "sim/app/experiment.hpp"
#include "sim/report/text_table.hpp"

namespace absim::app {
namespace {

int run(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()("truncation", po::value<std::string>()->value_name("T"),
                        "truncation length, instead of the configuration's list");
  add_run_options(options);
  add_result_options(options);
  po::variables_map values;
  if (!parse(kRun, arguments, options, "config", 1, values)) return kOk;

  std::vector<std::string> overrides;
  if (values.count("truncation") != 0) {
    overrides.push_back("truncation=" + values["truncation"].as<std::string>());
  }
  Experiment experiment(values, arguments, kRun.name, overrides);
  const std::size_t points = experiment.sweep().points.size();
  if (points != 1) {
    throw ConfigError(fmt::format(
        "{}: found {} points; allowed: one (choose with --truncation T, --case LABEL and --set "
        "KEY=VALUE)",
        experiment.sweep().file, points));
  }
  const sim::ResultsTarget target = experiment.target(values);
  const bool writes = values.count("out") != 0;
  if (writes) sim::check_results_target(target);
  const sim::SweepResult result = experiment.run(values);
  fmt::print("{}", sim::layer_table(result.points.front()));
  std::fflush(stdout);
  if (writes) experiment.write(values, target, result);
  return kOk;
}

}  // namespace

const Command kRun = {"run", "CONFIG.yaml [OPTIONS]",
                      "run one point, print its layers (results only with --out)", run};

}  // namespace absim::app
