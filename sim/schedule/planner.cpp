// SPDX-License-Identifier: Apache-2.0
// Chooses strips, channel ranges and loop order of a layer.
#include "sim/schedule/planner.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/network/dump_check.hpp"
#include "sim/core/arch_keys.hpp"
#include "sim/schedule/field_limits.hpp"
#include "sim/schedule/pool_plan.hpp"
#include "sim/schedule/refusal.hpp"
#include "sim/schedule/time_plan.hpp"

namespace absim::sim {
namespace {

/// Strip heights: parts of the map, and their neighbours that fill whole tiles.
std::vector<std::size_t> strip_heights(const models::Layer& layer, unsigned array_rows) {
  const std::size_t rows = layer.out.height;
  const std::size_t step = array_rows / std::gcd<std::size_t>(array_rows, layer.out.width);
  std::vector<std::size_t> heights;
  for (const std::size_t h : part_sizes(rows)) {
    heights.push_back(h);
    if (h / step > 0) heights.push_back(h / step * step);
    if (ceil_div(h, step) * step < rows) heights.push_back(ceil_div(h, step) * step);
  }
  std::sort(heights.begin(), heights.end(), std::greater<>());
  heights.erase(std::unique(heights.begin(), heights.end()), heights.end());
  return heights;
}

/// Strips of a choice as (first row, rows): all alike but the first, the last and those at the
/// padding.
template <typename Visit>
void for_each_strip(const LayerGeometry& geometry, std::size_t strip_rows, Visit visit) {
  const std::size_t rows = geometry.layer().out.height;
  for (std::size_t first = 0; first < rows; first += strip_rows) {
    visit(geometry.strip(first, std::min(strip_rows, rows - first)));
  }
}

class CostSum {
 public:
  explicit CostSum(const LayerGeometry& geometry)
      : bytes_per_cycle_(geometry.arch().dram.bytes_per_cycle) {}
  void add(const Transfer& t, std::uint64_t times) {
    bytes_ += t.bytes * times;
    channel_cycles_ += std::max(t.words, ceil_div(t.bytes, bytes_per_cycle_)) * times;
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t channel_cycles() const { return channel_cycles_; }

 private:
  std::uint64_t bytes_per_cycle_;
  std::uint64_t bytes_ = 0;
  std::uint64_t channel_cycles_ = 0;
};

/// Refuses an array whose PEs do not compute with the network's numbers.
void check_pe(const models::QuantizedNetwork& network, const ArchConfig& arch) {
  const bool fits =
      models::is_bit_serial(network.format)                 ? arch.pe == PeKind::kAbs
      : network.format == models::WeightFormat::kDfp        ? arch.pe == PeKind::kDfp
      : arch.pe == PeKind::kPosit && arch.posit_bits == network.posit.n &&
            arch.posit_es == network.posit.es;
  if (fits) return;
  const bool posit = network.format == models::WeightFormat::kPosit;
  const std::string found = arch.pe == PeKind::kPosit
                                ? fmt::format("posit with posit_bits {}, posit_es {}",
                                              arch.posit_bits, arch.posit_es)
                                : pe_name(arch.pe);
  const std::string allowed =
      posit ? fmt::format("posit with posit_bits {}, posit_es {}", network.posit.n,
                          network.posit.es)
      : network.format == models::WeightFormat::kDfp ? "dfp"
                                                     : "abs";
  throw ConfigError(fmt::format("arch {}: pe: found {}; the network '{}' has {} weights; allowed: {}",
                                arch.name, found, network.graph.name,
                                models::format_name(network.format), allowed));
}

}  // namespace

std::vector<std::size_t> part_sizes(std::size_t whole) {
  std::vector<std::size_t> sizes;
  const auto add = [&](std::size_t parts) {
    if (parts > whole) return;
    const std::size_t size = ceil_div(whole, parts);
    if (sizes.empty() || sizes.back() != size) sizes.push_back(size);
  };
  add(1);
  for (std::size_t parts = 2; parts <= whole; parts *= 2) {
    add(parts);
    add(parts + parts / 2);
  }
  if (sizes.back() != 1) sizes.push_back(1);
  return sizes;
}

ChoiceCost choice_cost(const LayerGeometry& geometry, const TensorFacts& facts,
                       const PlanChoice& choice) {
  const std::size_t strips = ceil_div(geometry.layer().out.height, choice.strip_rows);
  const std::size_t ranges = ceil_div(geometry.groups(), choice.job_groups);
  // How often one strip's activations and one range's weights are loaded.
  const std::uint64_t act_times = choice.channels_outer && strips > 1 ? ranges : 1;
  const std::uint64_t range_times = !choice.channels_outer && ranges > 1 ? strips : 1;
  CostSum all(geometry);
  std::uint64_t tiles = 0;
  for_each_strip(geometry, choice.strip_rows, [&](const Strip& strip) {
    all.add(act_load(geometry, strip, 0), act_times);
    tiles += geometry.tiles(strip.out_rows);
    for (std::size_t r = 0; r < ranges; ++r) {
      const ChannelRange range = geometry.range(r * choice.job_groups, choice.job_groups);
      if (facts.residual_bytes > 0) all.add(residual_load(geometry, facts, strip, range, 0), 1);
      all.add(out_store(geometry, facts, strip, range, 0), 1);
    }
  });
  for (std::size_t r = 0; r < ranges; ++r) {
    const ChannelRange range = geometry.range(r * choice.job_groups, choice.job_groups);
    all.add(param_load(geometry, range, 0), range_times);
    if (!choice.streamed) {
      all.add(weight_load(geometry, geometry.groups_of(range) * geometry.group_words(), 0),
              range_times);
    }
  }
  const std::uint64_t tile_runs = tiles * geometry.groups();
  if (choice.streamed) {
    const std::uint64_t words = geometry.tile_words();
    const std::uint64_t segments = words / choice.segment_words;
    all.add(weight_load(geometry, choice.segment_words, 0), segments * tile_runs);
    if (words % choice.segment_words != 0) {
      all.add(weight_load(geometry, words % choice.segment_words, 0), tile_runs);
    }
  }
  return {all.bytes(), std::max(all.channel_cycles(), tile_runs * geometry.tile_words())};
}

std::vector<PlanChoice> candidates(const LayerGeometry& geometry, const TensorFacts& facts) {
  const ArchConfig& arch = geometry.arch();
  PlanChoice choice;
  choice.streamed = geometry.group_words() > arch.weight_words();
  if (choice.streamed) {
    const std::uint64_t unit =
        arch.plane_order == PlaneOrder::kStationary ? geometry.planes() : 1;
    choice.segment_words = std::min<std::uint64_t>(arch.weight_words(), kMax20) / unit * unit;
  }
  const std::vector<std::size_t> group_sizes =
      choice.streamed ? std::vector<std::size_t>{1} : part_sizes(geometry.groups());
  std::vector<PlanChoice> list;
  for (const std::size_t height : strip_heights(geometry.layer(), arch.rows)) {
    for (const std::size_t groups : group_sizes) {
      choice.strip_rows = height;
      choice.job_groups = groups;
      if (!fits(geometry, choice)) continue;
      choice.channels_outer = true;
      const std::uint64_t outer = choice_cost(geometry, facts, choice).traffic_bytes;
      choice.channels_outer = false;
      choice.channels_outer = outer < choice_cost(geometry, facts, choice).traffic_bytes;
      list.push_back(choice);
    }
  }
  return list;
}

LayerPlan plan_layer(const models::QuantizedNetwork& network, std::size_t layer,
                     unsigned truncation, const ArchConfig& arch) {
  ABSIM_CHECK(layer < network.graph.layers.size(), "layer out of range");
  const models::Layer& l = network.graph.layers[layer];
  check_pe(network, arch);
  if (!models::has_truncation(network, truncation)) {
    throw ConfigError(fmt::format("{}: truncation length {}; {} to {} are allowed", layer_text(l),
                                  truncation, models::least_truncation(network), network.bits));
  }
  if (!l.has_weights()) return plan_pool(network, layer, truncation, arch);
  const LayerGeometry geometry(l, arch, truncation);
  check_fit(geometry, layer_text(l));
  const TensorFacts facts = tensor_facts(network, layer);

  struct Ranked {
    PlanChoice choice;
    ChoiceCost cost;
  };
  std::vector<Ranked> ranked;
  for (const PlanChoice& choice : candidates(geometry, facts)) {
    ranked.push_back({choice, choice_cost(geometry, facts, choice)});
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return std::tie(a.cost.lower_bound_cycles, a.cost.traffic_bytes) <
           std::tie(b.cost.lower_bound_cycles, b.cost.traffic_bytes);
  });
  LayerPlan best;
  std::tuple<std::uint64_t, std::uint64_t> best_cost{std::numeric_limits<std::uint64_t>::max(), 0};
  std::optional<GatherTable> gather;
  for (const Ranked& r : ranked) {
    if (std::make_tuple(r.cost.lower_bound_cycles, r.cost.traffic_bytes) >= best_cost) continue;
    LayerPlan plan = build_plan(network, layer, geometry, facts, r.choice);
    check_fields(plan.jobs.front().descriptor, arch.act_banks, layer_text(l), arch.pe);
    if (!gather) gather.emplace(gather_shape(plan.jobs.front(), arch));
    const std::tuple<std::uint64_t, std::uint64_t> cost{time_plan(plan, arch, *gather).cycles,
                                                        r.cost.traffic_bytes};
    if (cost < best_cost) {
      best_cost = cost;
      best = std::move(plan);
    }
  }
  for (const Job& job : best.jobs) check_fields(job.descriptor, arch.act_banks, layer_text(l), arch.pe);
  return best;
}

}  // namespace absim::sim
