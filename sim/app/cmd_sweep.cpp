// SPDX-License-Identifier: Apache-2.0
// absim sweep: all points of a sweep, their table, a results directory.
#include <fmt/format.h>

#include "sim/app/command.hpp"
#include "sim/app/experiment.hpp"
#include "sim/report/text_table.hpp"

namespace absim::app {
namespace {

int run(const Arguments& arguments) {
  po::options_description options("Options");
  add_run_options(options);
  add_result_options(options);
  po::variables_map values;
  if (!parse(kSweep, arguments, options, "config", 1, values)) return kOk;

  Experiment experiment(values, arguments, kSweep.name, {});
  const sim::ResultsTarget target = experiment.target(values);
  sim::check_results_target(target);
  const sim::SweepResult result = experiment.run(values);
  fmt::print("{}", sim::sweep_table(result));
  std::fflush(stdout);
  experiment.write(values, target, result);
  return kOk;
}

}  // namespace

const Command kSweep = {"sweep", "CONFIG.yaml [OPTIONS]",
                        "run all points of a sweep, print their table, write results", run};

}  // namespace absim::app
