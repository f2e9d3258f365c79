// SPDX-License-Identifier: Apache-2.0
#include "sim/app/experiment.hpp"

#include <fmt/format.h>

#include "sim/report/manifest.hpp"

namespace absim::app {
namespace {

sim::SweepConfig read(const po::variables_map& values, std::vector<std::string> overrides) {
  for (const std::string& text : overrides_of(values)) overrides.push_back(text);
  sim::SweepConfig sweep = sim::read_sweep(required(values, "config", "configuration"), overrides);
  const std::vector<std::string> cases = cases_of(values);
  if (!cases.empty()) sim::keep_cases(sweep, cases);
  return sweep;
}

}  // namespace

Experiment::Experiment(const po::variables_map& values, const Arguments& arguments,
                       const char* command, std::vector<std::string> more)
    : sweep_(read(values, std::move(more))), command_line_{"absim", command} {
  command_line_.insert(command_line_.end(), arguments.begin(), arguments.end());
}

sim::ResultsTarget Experiment::target(const po::variables_map& values) const {
  sim::ResultsTarget target;
  target.directory = values.count("out") != 0 ? values["out"].as<std::string>()
                                              : "results/" + sweep_.name;
  if (target.directory.empty()) throw UsageError("--out: found nothing; allowed: a directory");
  target.replace = values.count("force") != 0 || values.count("overwrite") != 0;
  target.figures = values.count("no-figures") == 0;
  return target;
}

sim::SweepResult Experiment::run(const po::variables_map& values, bool accuracy) {
  sim::RunOptions options;
  options.jobs = jobs_of(values);
  options.quiet = values.count("quiet") != 0;
  options.accuracy = accuracy;
  const sim::Inputs inputs(sweep_);
  input_files_ = inputs.files();
  return sim::run_sweep(sweep_, inputs, options);
}

void Experiment::write(const po::variables_map& values, const sim::ResultsTarget& target,
                       const sim::SweepResult& result) const {
  sim::ManifestFacts facts;
  facts.command_line = command_line_;
  facts.input_files = input_files_;
  facts.wall_time_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  remark(values, sim::write_results(target, result, sim::to_manifest(sweep_, facts)));
  remark(values, fmt::format("results written to {}", target.directory));
}

}  // namespace absim::app
