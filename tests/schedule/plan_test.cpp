// SPDX-License-Identifier: Apache-2.0
// What a plan must be: everything computed once, everything fits, transfers in the contract's
// order, the best of the candidates.
#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "sim/schedule/planner.hpp"
#include "tests/schedule/random_case.hpp"

namespace absim::tests {
namespace {

using models::Layer;
using sim::ArchConfig;
using sim::Buffer;
using sim::Job;
using sim::JobDescriptor;
using sim::LayerPlan;
using sim::Transfer;

/// Calls check(case, plan) for `count` random plans.
template <typename Check>
void for_random_plans(std::uint64_t seed, unsigned count, Check check) {
  std::mt19937_64 random(seed);
  for (unsigned done = 0; done < count;) {
    const RandomCase c = random_case(random);
    LayerPlan plan;
    try {
      plan = random_plan(random, c);
    } catch (const ConfigError&) {
      continue;
    }
    ++done;
    check(c, plan);
  }
}

const Layer& layer_of(const RandomCase& c) { return c.network.graph.layers[kLayerUnderTest]; }

std::uint64_t groups_of(const Job& job, const ArchConfig& arch) {
  return (job.channels + arch.cols - 1) / arch.cols;
}

/// Beats counted one by one.
std::uint64_t beats_of(const Job& job, const Layer& layer, const ArchConfig& arch) {
  std::uint64_t blocks = 0;
  for (std::size_t g = 0; g < groups_of(job, arch); ++g) {
    const std::size_t cols = std::min<std::size_t>(arch.cols, job.channels - g * arch.cols);
    for (std::size_t c = 0; c < cols; c += arch.postproc_lanes) ++blocks;
  }
  return blocks * job.out_rows * layer.out.width;
}

std::uint64_t weight_words_of(const Job& job, const Layer& layer, const ArchConfig& arch,
                              unsigned t) {
  const std::uint64_t chunks = (layer.in.channels + arch.lanes - 1) / arch.lanes;
  return groups_of(job, arch) * t * chunks *
         (layer.shared_kernel() ? 1 : layer.kernel_h * layer.kernel_w);
}

/// Bytes of a job's residual, element by element.
std::uint64_t residual_bytes_of(const RandomCase& c, const Job& job) {
  const Layer& layer = layer_of(c);
  const models::MapShape shape = c.network.graph.layers[0].out;
  std::uint64_t bytes = 0;
  for (std::size_t y = job.out_row; y < job.out_row + job.out_rows; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      for (std::size_t ch = job.first_channel; ch < job.first_channel + job.channels; ++ch) {
        const bool there = y * layer.residual->stride < shape.height &&
                           x * layer.residual->stride < shape.width &&
                           ch >= layer.residual->channel_offset &&
                           ch < layer.residual->channel_offset + shape.channels;
        if (there) bytes += 2;
      }
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("jobs of a plan compute every output once and load what their windows read",
          "[schedule][random]") {
  unsigned bad = 0;
  for_random_plans(1, 1500, [&bad](const RandomCase& c, const LayerPlan& plan) {
    const Layer& layer = layer_of(c);
    std::set<std::pair<std::size_t, std::size_t>> seen;  // row, channel
    bool good = true;
    for (const Job& job : plan.jobs) {
      good = good && job.first_channel % c.arch.cols == 0;
      for (std::size_t y = job.out_row; y < job.out_row + job.out_rows; ++y) {
        for (std::size_t ch = job.first_channel; ch < job.first_channel + job.channels; ++ch) {
          good = good && seen.emplace(y, ch).second;
        }
        for (std::size_t ky = 0; ky < layer.kernel_h; ++ky) {
          const auto in = static_cast<std::int64_t>(y * layer.stride + ky) -
                          static_cast<std::int64_t>(layer.pad.top);
          if (in < 0 || in >= static_cast<std::int64_t>(layer.in.height)) continue;
          good = good && in >= static_cast<std::int64_t>(job.in_row) &&
                 in < static_cast<std::int64_t>(job.in_row + job.in_rows);
        }
      }
      good = good && job.in_row + job.in_rows <= layer.in.height;
    }
    good = good && seen.size() == layer.out.height * layer.out.channels;
    if (!good) ++bad;
  });
  REQUIRE(bad == 0);
}

namespace {

/// Weight words of a step: one a plane, or one for all bits.
unsigned planes_of(const RandomCase& c) {
  return c.arch.pe == sim::PeKind::kAbs ? c.truncation : 1;
}

unsigned weight_bits_of(const ArchConfig& arch) {
  switch (arch.pe) {
    case sim::PeKind::kAbs:
      return 1;
    case sim::PeKind::kDfp:
      return 8;
    case sim::PeKind::kPosit:
      return arch.posit_bits;
  }
  return 0;
}

}  // namespace

TEST_CASE("descriptors say what docs/timing.md says and every job fits its slots",
          "[schedule][random]") {
  unsigned bad = 0;
  for_random_plans(2, 1500, [&bad](const RandomCase& c, const LayerPlan& plan) {
    const Layer& layer = layer_of(c);
    const ArchConfig& arch = c.arch;
    const std::uint64_t chunks = (layer.in.channels + arch.lanes - 1) / arch.lanes;
    const auto linear = [&](const sim::BankIndex& b) {
      return static_cast<std::int64_t>(b.quotient) * arch.act_banks + b.remainder;
    };
    bool good = true;
    for (const Job& job : plan.jobs) {
      const JobDescriptor& d = job.descriptor;
      const std::uint64_t pixels = job.out_rows * layer.out.width;
      const auto width = static_cast<std::int64_t>(layer.in.width);
      const auto stride = static_cast<std::int64_t>(layer.stride);
      good = good && d.planes == planes_of(c) && d.chunks == chunks && d.act_signed &&
             !d.twos_complement;
      good = good && d.stationary == (arch.pe == sim::PeKind::kAbs &&
                                      arch.plane_order == sim::PlaneOrder::kStationary);
      good = good && d.column_groups == groups_of(job, arch) &&
             d.tiles == (pixels + arch.rows - 1) / arch.rows;
      good = good && (d.tiles - 1) * arch.rows + d.last_rows == pixels && d.last_rows >= 1;
      good = good && (d.column_groups - 1) * arch.cols + d.last_cols == job.channels &&
             d.last_cols >= 1;
      good = good && linear(d.base) ==
                         (d.first_y - static_cast<std::int64_t>(job.in_row)) * width + d.first_x;
      good = good && linear(d.step_x) == stride && linear(d.kernel_x) == 1;
      good = good && linear(d.step_row) ==
                         stride * width - (static_cast<std::int64_t>(layer.out.width) - 1) * stride;
      good =
          good && linear(d.kernel_row) == width - (static_cast<std::int64_t>(layer.kernel_w) - 1);
      good = good &&
             d.plane_words == (job.in_rows * layer.in.width + arch.act_banks - 1) / arch.act_banks;
      good = good && chunks * d.plane_words <= arch.act_words_per_bank();
      const std::uint64_t beats = beats_of(job, layer, arch);
      good = good && beats <= arch.out_words() && beats / pixels <= arch.param_words();
      good = good && d.has_residual == layer.residual.has_value() &&
             (!d.has_residual || beats <= arch.residual_words());
      const std::uint64_t words = weight_words_of(job, layer, arch, planes_of(c));
      if (d.weight_streamed) {
        good = good && d.column_groups == 1 && words > arch.weight_words() &&
               d.segment_words <= arch.weight_words();
        good = good && d.segment_words >= 1 && !d.shared_kernel &&
               (!d.stationary || d.segment_words % d.planes == 0);
      } else {
        good = good && words <= arch.weight_words() && d.shared_kernel == layer.shared_kernel();
      }
      good = good && d.shift == 9 && d.act_shift == (layer.emits_activation ? 5 : 0) &&
             d.residual_gain == (layer.residual && arch.pe == sim::PeKind::kAbs ? 77 : 0) &&
             d.emits_activation == layer.emits_activation;
    }
    if (!good) ++bad;
  });
  REQUIRE(bad == 0);
}

TEST_CASE("transfers come in the contract's order with its words and bytes", "[schedule][random]") {
  unsigned bad = 0;
  unsigned kept = 0;
  for_random_plans(3, 1500, [&](const RandomCase& c, const LayerPlan& plan) {
    const Layer& layer = layer_of(c);
    const ArchConfig& arch = c.arch;
    const std::uint64_t chunks = (layer.in.channels + arch.lanes - 1) / arch.lanes;
    const std::uint64_t word_bits = std::uint64_t{arch.cols} * arch.lanes * weight_bits_of(arch);
    const std::uint64_t out_bytes =
        layer.emits_activation                                                  ? 3
        : c.network.values[kLayerUnderTest].output == models::ElementType::kS32 ? 4
                                                                                : 1;
    std::vector<std::tuple<Buffer, std::size_t, std::uint64_t, std::uint64_t>>
        expected;  // buffer, job, words, bytes
    const auto store = [&](std::size_t j) {
      const Job& job = plan.jobs[j];
      expected.emplace_back(Buffer::kOut, j, beats_of(job, layer, arch),
                            job.out_rows * layer.out.width * job.channels * out_bytes);
    };
    for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
      const Job& job = plan.jobs[j];
      const Job* before = j == 0 ? nullptr : &plan.jobs[j - 1];
      const bool new_range = before == nullptr || before->first_channel != job.first_channel;
      const bool new_strip = before == nullptr || before->out_row != job.out_row;
      if (!new_range || !new_strip) ++kept;
      const std::uint64_t pixels = job.out_rows * layer.out.width;
      if (new_range) {
        expected.emplace_back(Buffer::kParam, j, beats_of(job, layer, arch) / pixels,
                              job.channels * (layer.emits_activation ? 16 : 8));
      }
      if (new_strip) {
        const std::uint64_t in = job.in_rows * layer.in.width;
        const std::uint64_t act_bytes = weight_bits_of(arch) > 8 ? 2 : 1;
        expected.emplace_back(Buffer::kAct, j, in * chunks, in * layer.in.channels * act_bytes);
      }
      if (layer.residual) {
        expected.emplace_back(Buffer::kResidual, j, beats_of(job, layer, arch),
                              residual_bytes_of(c, job));
      }
      std::vector<std::uint64_t> fills;
      const JobDescriptor& d = job.descriptor;
      if (d.weight_streamed) {
        const std::uint64_t words =
            std::uint64_t{planes_of(c)} * layer.kernel_h * layer.kernel_w * chunks;
        for (std::uint32_t tile = 0; tile < d.tiles; ++tile) {
          for (std::uint64_t w = 0; w < words; w += d.segment_words) {
            fills.push_back(std::min<std::uint64_t>(d.segment_words, words - w));
          }
        }
      } else if (new_range) {
        fills.push_back(weight_words_of(job, layer, arch, planes_of(c)));
      }
      for (std::size_t f = 0; f < fills.size(); ++f) {
        if (f == 1 && j >= 2) store(j - 2);
        expected.emplace_back(Buffer::kWeight, j, fills[f], (fills[f] * word_bits + 7) / 8);
      }
      if (fills.size() <= 1 && j >= 2) store(j - 2);
    }
    if (plan.jobs.size() >= 2) store(plan.jobs.size() - 2);
    store(plan.jobs.size() - 1);
    bool good = expected.size() == plan.transfers.size();
    std::array<std::uint64_t, 5> fills{};
    for (std::size_t i = 0; good && i < expected.size(); ++i) {
      const Transfer& t = plan.transfers[i];
      good = std::make_tuple(t.buffer, t.job, t.words, t.bytes) == expected[i] && t.group == 0;
      ++fills[static_cast<std::size_t>(t.buffer)];
    }
    std::array<std::uint64_t, 4> releases{};
    for (const Job& job : plan.jobs) {
      if (job.descriptor.act_release) ++releases[0];
      if (job.descriptor.weight_release) ++releases[1];
      if (job.descriptor.param_release) ++releases[2];
      if (job.descriptor.has_residual) ++releases[3];
    }
    good = good && releases[0] == fills[0] && releases[2] == fills[2] && releases[3] == fills[3];
    good = good && (plan.jobs.front().descriptor.weight_streamed || releases[1] == fills[1]);
    if (!good) ++bad;
  });
  REQUIRE(bad == 0);
  REQUIRE(kept > 1000);
}

TEST_CASE("plan_layer takes the fewest cycles of its candidates, then the least traffic",
          "[schedule][random]") {
  std::mt19937_64 random(4);
  unsigned bad = 0;
  unsigned several = 0;
  for (unsigned i = 0; i < 800; ++i) {
    const RandomCase c = random_case(random);
    const sim::LayerGeometry geometry(layer_of(c), c.arch, c.truncation);
    LayerPlan best;
    try {
      best = sim::plan_layer(c.network, kLayerUnderTest, c.truncation, c.arch);
    } catch (const ConfigError&) {
      continue;
    }
    const auto facts = sim::tensor_facts(c.network, kLayerUnderTest);
    const auto cost_of = [&](const LayerPlan& plan) {
      return std::make_tuple(sim::time_layer(c.network, plan, c.arch).cycles,
                             sim::traffic_bytes(plan));
    };
    std::tuple<std::uint64_t, std::uint64_t> least{~0ULL, 0};
    const auto list = sim::candidates(geometry, facts);
    if (list.size() > 1) ++several;
    for (sim::PlanChoice choice : list) {
      const auto plan = sim::build_plan(c.network, kLayerUnderTest, geometry, facts, choice);
      const sim::ChoiceCost cost = sim::choice_cost(geometry, facts, choice);
      least = std::min(least, cost_of(plan));
      choice.channels_outer = !choice.channels_outer;
      const auto other = sim::build_plan(c.network, kLayerUnderTest, geometry, facts, choice);
      const bool good = sim::fits(geometry, choice) &&
                        cost.traffic_bytes == sim::traffic_bytes(plan) &&
                        cost.lower_bound_cycles <= std::get<0>(cost_of(plan)) &&
                        sim::traffic_bytes(plan) <= sim::traffic_bytes(other);
      if (!good) ++bad;
    }
    if (cost_of(best) != least) ++bad;
  }
  REQUIRE(bad == 0);
  REQUIRE(several > 200);
}

}  // namespace absim::tests
