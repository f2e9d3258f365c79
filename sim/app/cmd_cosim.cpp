// SPDX-License-Identifier: Apache-2.0
// absim cosim: the points of a sweep on the clocked cores, compared with each other and with the models.
#include <algorithm>

#include <fmt/format.h>

#include "sim/app/command.hpp"
#include "sim/app/experiment.hpp"

namespace absim::app {
namespace {

std::string what_is_equal(const std::string& fidelity) {
  if (fidelity == "lockstep") return "RTL = SystemC in every output on every clock";
  return fidelity == "rtl" ? "RTL" : "SystemC";
}

/// What was compared in pooling layers, which have no RTL.
void print_pooling(const sim::SweepResult& result) {
  for (const sim::PointResult& point : result.points) {
    const auto pools = std::count_if(point.layers.begin(), point.layers.end(),
                                     [](const sim::LayerRow& row) { return row.pooling; });
    if (pools == 0) continue;
    fmt::print("Point {}: {} of {} layers are pooling layers: the pooling unit is SystemC only, "
               "its values = exact inference, its cycles and events = formulas; {}\n",
               point.point, pools, point.layers.size(),
               point.fidelity == "systemc" ? "the core idle"
               : point.fidelity == "rtl"   ? "the RTL core idle"
                                           : "both cores idle, equal on every clock");
  }
}

int run(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()("images", po::value<std::string>()->value_name("N"),
                        "images a point, the first of the data set (default: 1)")(
      "fidelity", po::value<std::string>()->value_name("F")->default_value("lockstep"),
      "lockstep: RTL beside SystemC; rtl or systemc: that core alone")(
      "truncation", po::value<std::string>()->value_name("T"),
      "truncation length or [list], instead of the configuration's");
  add_run_options(options);
  po::variables_map values;
  if (!parse(kCosim, arguments, options, "config", 1, values)) return kOk;

  std::vector<std::string> overrides = {"fidelity=" + values["fidelity"].as<std::string>()};
  if (values["fidelity"].as<std::string>() == "fast") {
    throw UsageError("--fidelity: found fast; allowed: lockstep, rtl, systemc");
  }
  if (values.count("images") != 0) {
    overrides.push_back("cosim_images=" + values["images"].as<std::string>());
  }
  if (values.count("truncation") != 0) {
    overrides.push_back("truncation=" + values["truncation"].as<std::string>());
  }
  Experiment experiment(values, arguments, kCosim.name, overrides);
  const sim::SweepResult result = experiment.run(values, false);
  std::uint64_t cycles = 0;
  std::uint64_t elements = 0;
  fmt::print("point   t  images  layers  cycles an image  cycles compared  values compared\n");
  for (const sim::PointResult& point : result.points) {
    fmt::print("{:5} {:3} {:7} {:7} {:16} {:16} {:16}\n", point.point, point.truncation,
               point.cosim_images, point.layers.size(), point.total.cycles, point.cosim_cycles,
               point.cosim_values);
    cycles += point.cosim_cycles;
    elements += point.cosim_values;
  }
  fmt::print("No difference: {} = exact inference in {} values = formulas in every layer's cycles; "
             "{} cycles\n",
             what_is_equal(result.points.front().fidelity), elements, cycles);
  print_pooling(result);
  return kOk;
}

}  // namespace

const Command kCosim = {"cosim", "CONFIG.yaml [OPTIONS]",
                        "run the points on RTL beside SystemC, compare every output on every clock",
                        run};

}  // namespace absim::app
