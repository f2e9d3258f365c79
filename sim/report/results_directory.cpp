// SPDX-License-Identifier: Apache-2.0
#include "sim/report/results_directory.hpp"

#include "models/core/staged_directory.hpp"
#include "sim/report/csv.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/latex.hpp"
#include "sim/report/result_json.hpp"

namespace absim::sim {
namespace {

constexpr const char* kMarker = "manifest.json";  // tells a results directory from any other

}  // namespace

void check_results_target(const ResultsTarget& target) {
  StagedDirectory::check_target(target.directory, target.replace, kMarker);
}

std::string write_results(const ResultsTarget& target, const SweepResult& result,
                          const std::string& manifest) {
  StagedDirectory staged(target.directory, target.replace, kMarker);
  staged.write("results.csv", to_csv(result));
  staged.write("results.json", to_json(result));
  staged.write("table.tex", to_latex(result));
  staged.write(kMarker, manifest);
  std::string remark;
  if (target.figures) {
    const std::string reason = draw_figures({staged.file("results.json")}, staged.path());
    if (!reason.empty()) remark = "no figures: " + reason;
  }
  staged.commit();
  return remark;
}

}  // namespace absim::sim
