// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/runner.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <sstream>
#include <thread>
#include <tuple>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/core/parallel.hpp"
#include "models/inference/inference.hpp"
#include "models/network/dump_check.hpp"
#include "sim/core/arch_keys.hpp"
#include "sim/energy/energy.hpp"
#include "sim/schedule/network_timing.hpp"
#include "sim/sweep/clocked_point.hpp"
#include "sim/sweep/processes.hpp"
#include "sim/sweep/progress.hpp"

namespace absim::sim {
namespace {

/// "point 3 (arch.rows=8, truncation=4): " before the text of an error in that point.
std::string point_text(const SweepConfig& sweep, const PointConfig& point) {
  std::string text = fmt::format("point {} (", point.index);
  for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
    text += fmt::format("{}={}, ", sweep.axes[i], point.axis_values[i]);
  }
  return text + fmt::format("truncation={}): ", point.truncation);
}

/// Equal texts, equal cycles: the network, the truncation length and the accelerator.
std::string timing_key(const PointConfig& point) {
  std::string key = fmt::format("{}\n{}\n", point.network, point.truncation);
  for (const auto& entry : arch_keys()) key += to_text(entry.show(point.arch)) + "\n";
  return key;
}

/// Points with equal keys share a result: `firsts` gets one point for each key; the rest is every point's
/// index into it.
template <typename Key>
std::vector<std::size_t> distinct(const std::vector<PointConfig>& points, const Key& key_of,
                                  std::vector<const PointConfig*>& firsts) {
  std::map<decltype(key_of(points.front())), std::size_t> known;
  std::vector<std::size_t> index;
  for (const PointConfig& point : points) {
    const auto [place, added] = known.emplace(key_of(point), firsts.size());
    if (added) firsts.push_back(&point);
    index.push_back(place->second);
  }
  return index;
}

/// One entry a point; zeros for points without a clocked core.
std::vector<ClockedCheck> run_clocked_points(const SweepConfig& sweep, const Inputs& inputs,
                                             const RunOptions& options) {
  std::vector<ClockedCheck> checks(sweep.points.size());
  std::vector<const PointConfig*> clocked;
  for (const PointConfig& point : sweep.points) {
    if (point.fidelity != Fidelity::kFast) clocked.push_back(&point);
  }
  if (clocked.empty()) return checks;
  Progress progress("points on the clocked core", clocked.size(), options.quiet);
  const std::vector<std::string> texts = run_in_processes(
      clocked.size(), options.jobs,
      [&](std::size_t i) {
        const PointConfig& point = *clocked[i];
        const ClockedCheck check =
            check_clocked(point, inputs.network(point), inputs.images(point));
        return fmt::format("{} {}", check.values, check.cycles);
      },
      [&](std::size_t done) { progress.set(static_cast<double>(done)); });
  for (std::size_t i = 0; i < clocked.size(); ++i) {
    ClockedCheck& check = checks[clocked[i]->index];
    std::istringstream(texts[i]) >> check.values >> check.cycles;
  }
  return checks;
}

struct Timings {
  std::vector<NetworkTiming> all;
  std::vector<std::size_t> of_point;
};

Timings time_points(const SweepConfig& sweep, const Inputs& inputs, const RunOptions& options) {
  std::vector<const PointConfig*> firsts;
  Timings timings;
  timings.of_point = distinct(sweep.points, timing_key, firsts);
  timings.all.resize(firsts.size());
  std::vector<std::string> errors(firsts.size());
  Progress progress("points timed", firsts.size(), options.quiet);
  std::atomic<std::size_t> done{0};
  parallel_chunks(firsts.size(), 1, options.jobs, [&](std::size_t i, std::size_t) {
    const PointConfig& point = *firsts[i];
    const models::QuantizedNetwork& network = inputs.network(point);
    try {
      timings.all[i] =
          time_network(network, plan_network(network, point.truncation, point.arch), point.arch);
    } catch (const Error& error) {
      errors[i] = point_text(sweep, point) + error.what();
    }
    progress.set(static_cast<double>(++done));
  });
  for (const std::string& error : errors) {
    if (!error.empty()) throw ConfigError(error);
  }
  return timings;
}

struct Accuracies {
  std::vector<models::Accuracy> all;
  std::vector<std::size_t> of_point;
};

Accuracies evaluate_points(const SweepConfig& sweep, const Inputs& inputs,
                           const RunOptions& options) {
  std::vector<const PointConfig*> firsts;
  Accuracies accuracies;
  accuracies.of_point = distinct(
      sweep.points,
      [](const PointConfig& p) {
        return std::make_tuple(p.network, p.dataset, p.images, p.truncation);
      },
      firsts);
  accuracies.all.resize(firsts.size());
  if (!options.accuracy) return accuracies;
  Progress progress("accuracies", firsts.size(), options.quiet);
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const PointConfig& point = *firsts[i];
    const models::QuantizedNetwork& network = inputs.network(point);
    const models::ImageSet& images = inputs.images(point);
    const models::FastInference inference(network, point.truncation);
    accuracies.all[i] = models::evaluate(
        inference, images, network.graph.classes, options.jobs, [&](std::size_t done) {
          progress.set(static_cast<double>(i) +
                       static_cast<double>(done) / static_cast<double>(images.count));
        });
    progress.set(static_cast<double>(i + 1));
  }
  return accuracies;
}

/// `operations` of a lane make one product.
LayerRow layer_row(const std::string& name, std::uint64_t macs, unsigned operations,
                   const LayerTiming& timing, const PointConfig& point, const TechTable& tech) {
  const ArchConfig& arch = point.arch;
  LayerRow row;
  row.layer = name;
  row.macs = macs;
  row.cycles = timing.cycles;
  row.compute_cycles = timing.compute_cycles;
  row.stalls = timing.stalls;
  const double lane_cycles = static_cast<double>(timing.cycles) * arch.rows * arch.cols * arch.lanes;
  if (timing.cycles > 0) row.utilization = static_cast<double>(macs) * operations / lane_cycles;
  row.latency_us = static_cast<double>(timing.cycles) / arch.clock_mhz;
  row.energy = energy(timing.events, timing.cycles, arch, tech, point.posit_mac);
  return row;
}

std::string stem(const std::string& path) {
  const std::filesystem::path file = path;
  return (file.has_filename() ? file : file.parent_path()).stem().string();
}

bool is_shifted(const std::optional<models::TensorExponent>& exponent) {
  return exponent && exponent->beta != 0;
}

/// One word for a number format: `bwb`, `twos_complement`, `dfp8`, `sdfp8`, `posit8_1`. A dfp dump is
/// shifted (S-DFP) if it says of any tensor that its exponent was moved.
std::string format_text(const models::QuantizedNetwork& network) {
  if (network.format == models::WeightFormat::kPosit) {
    return fmt::format("posit{}_{}", network.posit.n, network.posit.es);
  }
  if (network.format != models::WeightFormat::kDfp) return models::format_name(network.format);
  bool shifted = is_shifted(network.input_exponent);
  for (const models::LayerValues& values : network.values) {
    shifted = shifted || is_shifted(values.weight_exponent) || is_shifted(values.output_exponent);
  }
  return fmt::format("{}{}", shifted ? "sdfp" : "dfp", network.bits);
}

PointResult make_result(const PointConfig& point, const Inputs& inputs, const NetworkTiming& timing,
                        const models::Accuracy& accuracy, const ClockedCheck& check) {
  const models::QuantizedNetwork& network = inputs.network(point);
  const TechTable& tech = inputs.tech(point);
  PointResult result;
  result.point = point.index;
  result.network = network.graph.name;
  result.dataset = stem(point.dataset);
  result.images = accuracy.images;
  result.arch = point.arch.name;
  result.pe = pe_name(point.arch.pe);
  result.format = format_text(network);
  result.bits = network.bits;
  result.truncation = point.truncation;
  result.fidelity = fidelity_name(point.fidelity);
  result.clock_mhz = point.arch.clock_mhz;
  result.float_top1_percent = network.float_top1_percent;
  const auto images = std::max(1.0, static_cast<double>(accuracy.images));
  result.top1_percent = 100.0 * static_cast<double>(accuracy.top1) / images;
  result.top5_percent = 100.0 * static_cast<double>(accuracy.top5) / images;
  result.cosim_images = point.fidelity == Fidelity::kFast ? 0 : point.cosim_images;
  result.cosim_values = check.values;
  result.cosim_cycles = check.cycles;
  result.axis_values = point.axis_values;
  const unsigned operations = models::is_bit_serial(network.format) ? point.truncation : 1;
  std::uint64_t macs = 0;
  for (std::size_t i = 0; i < timing.layers.size(); ++i) {
    const models::Layer& layer = network.graph.layers[i];
    macs += layer.macs();
    result.layers.push_back(
        layer_row(layer.name, layer.macs(), operations, timing.layers[i], point, tech));
    result.layers.back().pooling = !layer.has_weights();
  }
  result.total = layer_row("total", macs, operations, timing.total, point, tech);
  return result;
}

}  // namespace

SweepResult run_sweep(const SweepConfig& sweep, const Inputs& inputs, const RunOptions& options) {
  RunOptions resolved = options;
  if (resolved.jobs == 0) resolved.jobs = std::max(1U, std::thread::hardware_concurrency());
  // First: it forks, and the others start threads.
  const std::vector<ClockedCheck> checks = run_clocked_points(sweep, inputs, resolved);
  const Timings timings = time_points(sweep, inputs, resolved);
  const Accuracies accuracies = evaluate_points(sweep, inputs, resolved);
  SweepResult result{sweep.name, sweep.axes, {}, {}};
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    result.points.push_back(make_result(sweep.points[i], inputs,
                                        timings.all[timings.of_point[i]],
                                        accuracies.all[accuracies.of_point[i]], checks[i]));
    const PointConfig& point = sweep.points[i];
    for (std::string& note : energy_notes(point.arch, inputs.tech(point), point.posit_mac)) {
      if (std::find(result.notes.begin(), result.notes.end(), note) == result.notes.end()) {
        result.notes.push_back(std::move(note));
      }
    }
  }
  return result;
}

}  // namespace absim::sim
