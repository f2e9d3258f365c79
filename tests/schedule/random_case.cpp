// SPDX-License-Identifier: Apache-2.0
#include "tests/schedule/random_case.hpp"

#include <algorithm>
#include <utility>

#include "sim/schedule/planner.hpp"

namespace absim::tests {
namespace {

using models::ElementType;
using models::Layer;
using models::LayerOp;
using models::MapShape;

std::size_t below(std::mt19937_64& random, std::size_t n) { return random() % n; }
std::size_t between(std::mt19937_64& random, std::size_t lo, std::size_t hi) {
  return lo + below(random, hi - lo + 1);
}
bool chance(std::mt19937_64& random, std::size_t one_in) { return below(random, one_in) == 0; }

void set_output_size(Layer& layer) {
  layer.out.height =
      (layer.in.height + layer.pad.top + layer.pad.bottom - layer.kernel_h) / layer.stride + 1;
  layer.out.width =
      (layer.in.width + layer.pad.left + layer.pad.right - layer.kernel_w) / layer.stride + 1;
}

Layer random_layer(std::mt19937_64& random) {
  Layer layer;
  layer.name = "dut";
  layer.input = "input";
  layer.in = {between(random, 1, 12), between(random, 1, 12), between(random, 1, 20)};
  layer.out.channels = between(random, 1, 20);
  if (chance(random, 6)) {
    layer.op = LayerOp::kLinear;
    layer.kernel_h = layer.in.height;
    layer.kernel_w = layer.in.width;
    layer.out.height = layer.out.width = 1;
    return layer;
  }
  layer.kernel_h = between(random, 1, std::min<std::size_t>(5, layer.in.height));
  layer.kernel_w = between(random, 1, std::min<std::size_t>(5, layer.in.width));
  layer.stride = between(random, 1, 3);
  layer.pad = {below(random, layer.kernel_h), below(random, layer.kernel_w),
               below(random, layer.kernel_h), below(random, layer.kernel_w)};
  set_output_size(layer);
  return layer;
}

/// Tiles of one to three steps: the next one begins before a pipelined PE has given its result.
void make_tiles_short(std::mt19937_64& random, const sim::ArchConfig& arch, Layer& layer) {
  layer.op = LayerOp::kConv;
  layer.kernel_h = layer.kernel_w = 1;
  layer.pad = {};
  layer.in.channels = between(random, 1, std::size_t{3} * arch.lanes);
  set_output_size(layer);
}

/// Twice `least` to fifty times that, in bytes.
std::uint64_t buffer_bytes(std::mt19937_64& random, std::uint64_t least) {
  return 2 * least * (chance(random, 2) ? between(random, 1, 3) : between(random, 3, 50));
}

sim::ArchConfig random_arch(std::mt19937_64& random) {
  sim::ArchConfig arch;
  arch.plane_order =
      chance(random, 2) ? sim::PlaneOrder::kProgressive : sim::PlaneOrder::kStationary;
  arch.rows = static_cast<unsigned>(between(random, 1, 12));
  arch.cols = static_cast<unsigned>(between(random, 1, 9));
  arch.lanes = static_cast<unsigned>(between(random, 1, 9));
  arch.act_banks = static_cast<unsigned>(chance(random, 4) ? 1 : between(random, 1, 13));
  arch.postproc_lanes = static_cast<unsigned>(between(random, 1, arch.cols));
  if (chance(random, 2)) {  // the kinds differ in latency, words and steps of a tile
    const sim::PeKind kinds[] = {sim::PeKind::kDfp, sim::PeKind::kPosit};
    arch.pe = kinds[below(random, 2)];
    arch.posit_bits = chance(random, 2) ? 8 : 16;
  }
  arch.act_buffer_bytes = buffer_bytes(random, arch.act_word_bytes() * 60);
  arch.weight_buffer_bytes = buffer_bytes(random, (arch.weight_word_bits() + 7) / 8 * 8);
  arch.param_buffer_bytes = buffer_bytes(random, 16ULL * arch.cols);
  arch.residual_buffer_bytes = buffer_bytes(random, 2ULL * arch.postproc_lanes * 20);
  arch.out_buffer_bytes = buffer_bytes(random, 4ULL * arch.postproc_lanes * 20);
  const unsigned rates[] = {1, 2, 3, 8, 16, 64, 512};
  arch.dram.bytes_per_cycle = rates[below(random, 7)];
  arch.dram.latency_cycles = static_cast<unsigned>(
      chance(random, 3) ? 1 : between(random, 1, chance(random, 2) ? 20 : 200));
  return arch;
}

}  // namespace

models::QuantizedNetwork network_of(Layer layer, ElementType output,
                                    const MapShape& residual_shape) {
  models::QuantizedNetwork network;
  network.graph.name = "test";
  network.graph.input.shape = layer.in;
  Layer source;
  source.name = "source";
  source.input = "input";
  source.in = layer.in;
  source.out = residual_shape;
  if (layer.residual) layer.residual->tensor = source.name;
  models::PostprocParams post;
  post.shift = 9;
  post.act_shift = 5;
  post.residual_gain = 77;
  models::LayerValues values;
  values.postproc.assign(network.bits, post);
  values.output = ElementType::kS16;
  network.graph.layers = {source, std::move(layer)};
  network.values = {values, values};
  network.values[kLayerUnderTest].output = output;
  return network;
}

Layer conv_layer(std::size_t size, std::size_t in_channels, std::size_t out_channels,
                 std::size_t kernel, std::size_t stride) {
  Layer layer;
  layer.name = "conv";
  layer.input = "input";
  layer.in = {size, size, in_channels};
  layer.kernel_h = layer.kernel_w = kernel;
  layer.stride = stride;
  const std::size_t pad = kernel / 2;
  layer.pad = {pad, pad, pad, pad};
  const std::size_t out = (size + 2 * pad - kernel) / stride + 1;
  layer.out = {out, out, out_channels};
  layer.relu = true;
  return layer;
}

RandomCase random_case(std::mt19937_64& random) {
  RandomCase c;
  c.arch = random_arch(random);
  Layer layer = random_layer(random);
  if (!sim::is_bit_serial(c.arch.pe) && chance(random, 4)) {
    make_tiles_short(random, c.arch, layer);
  }
  const ElementType types[] = {ElementType::kU8, ElementType::kS8, ElementType::kS32};
  ElementType output = types[below(random, 3)];
  layer.emits_activation = chance(random, 3);
  if (layer.emits_activation) output = ElementType::kS16;
  MapShape shape{1, 1, 1};
  if (chance(random, 2)) {
    layer.residual = models::Residual{"", between(random, 1, 2), 0};
    const std::size_t stride = layer.residual->stride;
    shape.height = (layer.out.height - 1) * stride + between(random, 1, stride);
    shape.width = (layer.out.width - 1) * stride + between(random, 1, stride);
    shape.channels = between(random, 1, layer.out.channels);
    layer.residual->channel_offset = below(random, layer.out.channels - shape.channels + 1);
  }
  c.network = network_of(layer, output, shape);
  c.truncation = static_cast<unsigned>(between(random, 1, 8));
  return c;
}

sim::LayerPlan random_plan(std::mt19937_64& random, const RandomCase& c) {
  const models::Layer& layer = c.network.graph.layers[kLayerUnderTest];
  const sim::LayerGeometry geometry(layer, c.arch, c.truncation);
  sim::check_fit(geometry, "random");
  const sim::TensorFacts facts = sim::tensor_facts(c.network, kLayerUnderTest);
  const auto list = sim::candidates(geometry, facts);
  sim::PlanChoice choice = list[below(random, list.size())];
  choice.channels_outer = chance(random, 2);
  return sim::build_plan(c.network, kLayerUnderTest, geometry, facts, choice);
}

}  // namespace absim::tests
