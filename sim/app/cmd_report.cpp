// SPDX-License-Identifier: Apache-2.0
// absim report: tables and figures again, from stored results.
#include <fmt/format.h>

#include <fstream>

#include "models/core/staged_directory.hpp"
#include "sim/app/command.hpp"
#include "sim/report/figures.hpp"
#include "sim/report/latex.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/text_table.hpp"

namespace absim::app {
namespace {

constexpr const char* kMarker = "table.tex";

struct Stored {
  std::string directory;
  sim::SweepResult result;
  [[nodiscard]] std::string json() const { return directory + "/results.json"; }
};

std::vector<Stored> read_all(const std::vector<std::string>& directories) {
  std::vector<Stored> all;
  for (std::string directory : directories) {
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    all.push_back({directory, sim::read_results(directory + "/results.json")});
  }
  return all;
}

std::string latex_of(const std::vector<Stored>& all) {
  std::string text;
  for (const Stored& stored : all) text += sim::to_latex(stored.result);
  return text;
}

void draw(const po::variables_map& values, const std::vector<std::string>& files,
          const std::string& directory) {
  if (values.count("no-figures") != 0) return;
  const std::string reason = sim::draw_figures(files, directory);
  if (!reason.empty()) remark(values, "no figures: " + reason);
}

/// All results together, in one new directory.
void write_together(const po::variables_map& values, const std::vector<Stored>& all) {
  const std::string target = values["out"].as<std::string>();
  StagedDirectory staged(target, values.count("force") + values.count("overwrite") != 0, kMarker);
  staged.write(kMarker, latex_of(all));
  std::vector<std::string> files;
  for (const Stored& stored : all) files.push_back(stored.json());
  draw(values, files, staged.path());
  staged.commit();
  remark(values, "report written to " + target);
}

/// Each result's table and figures anew, where they were.
void rewrite(const po::variables_map& values, const Stored& stored) {
  const std::string path = stored.directory + "/" + kMarker;
  std::ofstream out(path, std::ios::binary);
  out << sim::to_latex(stored.result);
  out.close();
  if (!out) throw Error(path + ": cannot be written; allowed: a writable results directory");
  draw(values, {stored.json()}, stored.directory);
}

int run(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                        "write one table and one set of figures of all RESULTS there (default: "
                        "those of each one into its own directory)")(
      "force", "replace an earlier report")("overwrite", "the same as --force")(
      "no-figures", "draw no figures")("quiet", "no remarks");
  po::variables_map values;
  if (!parse(kReport, arguments, options, "results", -1, values)) return kOk;
  required(values, "results", "results directory");
  const std::vector<Stored> all = read_all(values["results"].as<std::vector<std::string>>());
  bool first = true;
  for (const Stored& stored : all) {
    fmt::print("{}{}:\n{}", first ? "" : "\n", stored.result.name,
               sim::sweep_table(stored.result));
    first = false;
  }
  std::fflush(stdout);
  if (values.count("out") != 0) {
    write_together(values, all);
  } else {
    for (const Stored& stored : all) rewrite(values, stored);
  }
  return kOk;
}

}  // namespace

const Command kReport = {"report", "RESULTS... [OPTIONS]",
                         "make tables and figures again from results directories", run};

}  // namespace absim::app
