// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pool_case.hpp"

#include <algorithm>
#include <utility>

#include <catch2/catch.hpp>

#include "sim/schedule/pool_plan.hpp"

namespace absim::test {
namespace {

using models::ElementType;
using models::Layer;
using models::LayerOp;
using models::Padding;

constexpr ElementType kTypes[] = {ElementType::kU8, ElementType::kS8, ElementType::kS16,
                                  ElementType::kPosit8, ElementType::kPosit16};
constexpr std::size_t kIntegerTypes = 3;  // the first ones: only they have means

std::size_t between(std::mt19937_64& random, std::size_t lo, std::size_t hi) {
  return lo + random() % (hi - lo + 1);
}

/// `same` as in network descriptions: ceil(in / stride) outputs, the odd pixel behind.
std::pair<std::size_t, std::size_t> same_padding(std::size_t in, std::size_t kernel,
                                                 std::size_t stride) {
  const std::size_t out = (in + stride - 1) / stride;
  const std::size_t span = (out - 1) * stride + kernel;
  const std::size_t pad = span > in ? span - in : 0;
  return {pad / 2, pad - pad / 2};
}

Padding random_padding(std::mt19937_64& random, const Layer& layer) {
  const auto kind = random() % 3;
  if (kind == 0) return {};
  if (kind == 1) {
    const auto [top, bottom] = same_padding(layer.in.height, layer.kernel_h, layer.stride);
    const auto [left, right] = same_padding(layer.in.width, layer.kernel_w, layer.stride);
    return {top, left, bottom, right};
  }
  return {random() % layer.kernel_h, random() % layer.kernel_w, random() % layer.kernel_h,
          random() % layer.kernel_w};
}

Layer random_pool(std::mt19937_64& random) {
  Layer layer;
  layer.name = "pool";
  layer.input = "source";
  layer.op = random() % 2 == 0 ? LayerOp::kMaxPool : LayerOp::kAvgPool;
  layer.in = {between(random, 1, 12), between(random, 1, 12), between(random, 1, 40)};
  layer.kernel_h = between(random, 1, std::min<std::size_t>(4, layer.in.height));
  layer.kernel_w = between(random, 1, std::min<std::size_t>(4, layer.in.width));
  layer.stride = between(random, 1, 3);
  layer.pad = random_padding(random, layer);
  layer.out = {
      (layer.in.height + layer.pad.top + layer.pad.bottom - layer.kernel_h) / layer.stride + 1,
      (layer.in.width + layer.pad.left + layer.pad.right - layer.kernel_w) / layer.stride + 1,
      layer.in.channels};
  return layer;
}

sim::ArchConfig random_arch(std::mt19937_64& random, const Layer& layer) {
  sim::ArchConfig arch;
  arch.pool_lanes = static_cast<unsigned>(between(random, 1, random() % 3 == 0 ? 40 : 9));
  // One output row of one block fits twice, and up to ten times that.
  const std::size_t in_pixels = std::min(layer.kernel_h, layer.in.height) * layer.in.width;
  arch.pool_in_buffer_bytes =
      2 * arch.pool_word_bytes() * in_pixels * between(random, 1, random() % 2 == 0 ? 2 : 10);
  arch.pool_out_buffer_bytes =
      2 * arch.pool_word_bytes() * layer.out.width * between(random, 1, random() % 2 == 0 ? 2 : 10);
  constexpr unsigned kRates[] = {1, 2, 3, 8, 16, 64, 512};
  arch.dram.bytes_per_cycle = kRates[random() % 7];
  arch.dram.latency_cycles = static_cast<unsigned>(between(random, 1, random() % 2 == 0 ? 9 : 90));
  return arch;
}

}  // namespace

PoolCase random_pool_case(std::mt19937_64& random) {
  PoolCase c;
  Layer pool = random_pool(random);
  const bool mean = pool.op == LayerOp::kAvgPool;
  const ElementType type = kTypes[random() % (mean ? kIntegerTypes : 5)];
  c.arch = random_arch(random, pool);
  Layer source;
  source.name = "source";
  source.input = "input";
  source.in = source.out = pool.in;
  models::LayerValues values;
  values.output = type;
  c.network.graph.name = "pool case";
  c.network.graph.input.shape = pool.in;
  c.network.graph.layers = {source, std::move(pool)};
  c.network.values = {values, values};
  return c;
}

sim::LayerPlan random_pool_plan(std::mt19937_64& random, const PoolCase& c) {
  const auto list = sim::pool_candidates(c.layer(), c.arch);
  REQUIRE_FALSE(list.empty());
  return sim::build_pool_plan(c.network, kPoolLayer, c.network.bits, c.arch,
                              list[random() % list.size()]);
}

void PoolReached::add(const PoolCase& c, const sim::LayerPlan& plan,
                      const sim::StallCycles& stalls) {
  const Layer& layer = c.layer();
  const auto type = std::find(std::begin(kTypes), std::end(kTypes), c.type()) - std::begin(kTypes);
  ++kinds[layer.op == LayerOp::kAvgPool ? 1 : 0][static_cast<std::size_t>(type)];
  const Padding& pad = layer.pad;
  const auto count = [](std::uint64_t& counter, bool happened) { counter += happened ? 1U : 0U; };
  const std::size_t padding = pad.top + pad.left + pad.bottom + pad.right;
  const auto [top, bottom] = same_padding(layer.in.height, layer.kernel_h, layer.stride);
  const auto [left, right] = same_padding(layer.in.width, layer.kernel_w, layer.stride);
  count(no_paddings, padding == 0);
  count(same_paddings, padding > 0 && pad.top == top && pad.bottom == bottom && pad.left == left &&
                           pad.right == right);
  count(uneven_paddings, pad.top != pad.bottom || pad.left != pad.right);
  // The first window begins outside, or the last one ends there.
  count(clipped_windows,
        pad.top > 0 || pad.left > 0 ||
            (layer.out.width - 1) * layer.stride + layer.kernel_w > layer.in.width + pad.left);
  count(strides, layer.stride > 1);
  const sim::PoolJob& first = plan.pool_jobs.front();
  count(several_strips, first.out_rows < layer.out.height);
  count(several_ranges, first.channels < layer.in.channels);
  count(partial_blocks, layer.in.channels % c.arch.pool_lanes != 0);
  count(input_waits, stalls.act_wait > 0);
  count(store_waits, stalls.store_wait > 0);
}

void PoolReached::require_all(std::uint64_t least) const {
  for (std::size_t type = 0; type < kinds[0].size(); ++type) {
    CAPTURE(type);
    CHECK(kinds[0][type] > least);
    if (type < kIntegerTypes) CHECK(kinds[1][type] > least);
  }
  CHECK(no_paddings > least);
  CHECK(same_paddings > least);
  CHECK(uneven_paddings > least);
  CHECK(clipped_windows > least);
  CHECK(strides > least);
  CHECK(several_strips > least);
  CHECK(several_ranges > least);
  CHECK(partial_blocks > least);
  CHECK(input_waits > least);
  CHECK(store_waits > least);
}

}  // namespace absim::test
