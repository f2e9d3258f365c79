// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/plan_build.hpp"

#include <algorithm>

#include "models/core/error.hpp"
#include "sim/schedule/field_limits.hpp"

namespace absim::sim {
namespace {

using models::ElementType;

OutKind out_kind(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return OutKind::kU8;
    case ElementType::kS8:
    case ElementType::kPosit8:
      return OutKind::kS8;
    case ElementType::kS16:
    case ElementType::kPosit16:
      return OutKind::kS16;
    case ElementType::kS32:
      return OutKind::kS32;
  }
  throw ConfigError("element type out of range");
}

/// How many of first, first + step, ... (count of them) are below limit.
std::uint64_t count_below(std::uint64_t first, std::uint64_t count, std::uint64_t step,
                          std::uint64_t limit) {
  return first >= limit ? 0 : std::min(count, ceil_div(limit - first, step));
}

/// Strips and channel ranges of the layer in the order of its jobs.
std::vector<Job> place_jobs(const LayerGeometry& geometry, const PlanChoice& choice) {
  const std::size_t rows = geometry.layer().out.height;
  const std::size_t strips = ceil_div(rows, choice.strip_rows);
  const std::size_t ranges = ceil_div(geometry.groups(), choice.job_groups);
  std::vector<Job> jobs;
  jobs.reserve(strips * ranges);
  for (std::size_t i = 0; i < strips * ranges; ++i) {
    const std::size_t s = choice.channels_outer ? i % strips : i / ranges;
    const std::size_t r = choice.channels_outer ? i / strips : i % ranges;
    const std::size_t out_row = s * choice.strip_rows;
    const Strip strip = geometry.strip(out_row, std::min(choice.strip_rows, rows - out_row));
    const ChannelRange range = geometry.range(r * choice.job_groups, choice.job_groups);
    Job job;
    job.out_row = strip.out_row;
    job.out_rows = strip.out_rows;
    job.in_row = strip.in_row;
    job.in_rows = strip.in_rows;
    job.first_channel = range.first_channel;
    job.channels = range.channels;
    jobs.push_back(job);
  }
  return jobs;
}

Strip strip_of(const Job& job) { return {job.out_row, job.out_rows, job.in_row, job.in_rows}; }
ChannelRange range_of(const Job& job) { return {job.first_channel, job.channels}; }

/// log2 of a DFP layer's residual gain.
std::int16_t power_of_two(std::int32_t gain) {
  std::int16_t exponent = 0;
  while (exponent < 31 && (std::int64_t{1} << exponent) < gain) ++exponent;
  return exponent;
}

/// Fields that are the same in all jobs of the layer.
JobDescriptor layer_descriptor(const models::QuantizedNetwork& network, std::size_t index,
                               const LayerGeometry& geometry, const TensorFacts& facts,
                               const PlanChoice& choice) {
  const models::Layer& layer = geometry.layer();
  const unsigned banks = geometry.arch().act_banks;
  const auto stride = static_cast<std::int64_t>(layer.stride);
  const auto width = static_cast<std::int64_t>(layer.in.width);
  const auto out_width = static_cast<std::int64_t>(layer.out.width);
  const auto& post = models::params_at(network, index, geometry.truncation());
  JobDescriptor d;
  const PeKind pe = geometry.arch().pe;
  d.planes = static_cast<std::uint8_t>(geometry.planes());
  d.stationary = is_bit_serial(pe) && geometry.arch().plane_order == PlaneOrder::kStationary;
  d.twos_complement = network.format == models::WeightFormat::kTwosComplement;
  d.act_signed = facts.act_signed;
  d.out_width = static_cast<std::uint32_t>(layer.out.width);
  d.kernel_h = static_cast<std::uint32_t>(layer.kernel_h);
  d.kernel_w = static_cast<std::uint32_t>(layer.kernel_w);
  d.chunks = static_cast<std::uint32_t>(geometry.chunks());
  d.stride = static_cast<std::uint32_t>(layer.stride);
  d.in_height = static_cast<std::uint32_t>(layer.in.height);
  d.in_width = static_cast<std::uint32_t>(layer.in.width);
  d.first_x = -static_cast<std::int32_t>(layer.pad.left);
  d.step_x = bank_index(stride, banks);
  d.step_row = bank_index(stride * width - (out_width - 1) * stride, banks);
  d.kernel_x = bank_index(1, banks);
  d.kernel_row = bank_index(width - (static_cast<std::int64_t>(layer.kernel_w) - 1), banks);
  d.weight_streamed = choice.streamed;
  d.segment_words = choice.streamed ? static_cast<std::uint32_t>(choice.segment_words) : 0;
  d.shared_kernel = layer.shared_kernel() && !choice.streamed;
  // A DFP residual of gain 0 adds nothing, so it is not even loaded.
  d.has_residual = layer.residual.has_value() && (pe != PeKind::kDfp || post.residual_gain != 0);
  d.emits_activation = layer.emits_activation;
  d.out_kind = facts.out_kind;
  d.shift = static_cast<std::uint8_t>(post.shift);
  d.act_shift = static_cast<std::uint8_t>(layer.emits_activation ? post.act_shift : 0);
  d.residual_gain = layer.residual && pe == PeKind::kAbs ? post.residual_gain : 0;
  if (pe == PeKind::kDfp) {
    d.rounding = static_cast<std::uint8_t>(network.rounding);
    if (d.has_residual) d.residual_exponent = power_of_two(post.residual_gain);
  }
  if (pe == PeKind::kPosit) {
    d.relu = layer.relu;
    d.out_exponent = static_cast<std::int16_t>(post.out_exponent);
    d.residual_exponent = static_cast<std::int16_t>(layer.residual ? post.residual_exponent : 0);
    d.offset_shift = static_cast<std::uint8_t>(post.offset_shift);
  }
  return d;
}

/// Fields of one job; `next` is the job after it or null.
void fill_descriptor(const LayerGeometry& geometry, Job& job, const Job* next) {
  const models::Layer& layer = geometry.layer();
  const unsigned rows = geometry.arch().rows;
  const unsigned cols = geometry.arch().cols;
  const std::size_t pixels = job.out_rows * layer.out.width;
  JobDescriptor& d = job.descriptor;
  d.column_groups = static_cast<std::uint32_t>(geometry.groups_of(range_of(job)));
  d.tiles = static_cast<std::uint32_t>(geometry.tiles(job.out_rows));
  d.last_rows = static_cast<std::uint32_t>((pixels - 1) % rows + 1);
  d.last_cols = static_cast<std::uint32_t>((job.channels - 1) % cols + 1);
  d.first_y = static_cast<std::int32_t>(job.out_row * layer.stride) -
              static_cast<std::int32_t>(layer.pad.top);
  const std::int64_t below = d.first_y - static_cast<std::int64_t>(job.in_row);
  d.base = bank_index(below * static_cast<std::int64_t>(layer.in.width) + d.first_x,
                      geometry.arch().act_banks);
  d.plane_words = static_cast<std::uint32_t>(geometry.plane_words(strip_of(job)));
  d.act_release = next == nullptr || next->out_row != job.out_row;
  const bool channels_end = next == nullptr || next->first_channel != job.first_channel;
  d.weight_release = channels_end || d.weight_streamed;
  d.param_release = channels_end;
}

/// Weight fills of one job.
void append_weights(const LayerGeometry& geometry, const PlanChoice& choice, const Job& job,
                    std::size_t index, std::vector<Transfer>& fills) {
  if (!choice.streamed) {
    fills.push_back(
        weight_load(geometry, job.descriptor.column_groups * geometry.group_words(), index));
    return;
  }
  const std::uint64_t words = geometry.tile_words();
  for (std::uint32_t tile = 0; tile < job.descriptor.tiles; ++tile) {
    for (std::uint64_t first = 0; first < words; first += choice.segment_words) {
      Transfer t = weight_load(geometry, std::min(choice.segment_words, words - first), index);
      t.first_word = first;
      fills.push_back(t);
    }
  }
}

std::vector<Transfer> order_transfers(const LayerGeometry& geometry, const TensorFacts& facts,
                                      const PlanChoice& choice, const std::vector<Job>& jobs) {
  std::vector<Transfer> list;
  std::vector<Transfer> fills;
  const auto store = [&](std::size_t j) {
    list.push_back(out_store(geometry, facts, strip_of(jobs[j]), range_of(jobs[j]), j));
  };
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const Job& job = jobs[j];
    const JobDescriptor* before = j == 0 ? nullptr : &jobs[j - 1].descriptor;
    if (before == nullptr || before->param_release)
      list.push_back(param_load(geometry, range_of(job), j));
    if (before == nullptr || before->act_release)
      list.push_back(act_load(geometry, strip_of(job), j));
    if (job.descriptor.has_residual) {
      list.push_back(residual_load(geometry, facts, strip_of(job), range_of(job), j));
    }
    fills.clear();
    if (before == nullptr || choice.streamed || before->weight_release) {
      append_weights(geometry, choice, job, j, fills);
    }
    if (!fills.empty()) list.push_back(fills.front());
    if (j >= 2) store(j - 2);
    if (fills.size() > 1) list.insert(list.end(), fills.begin() + 1, fills.end());
  }
  if (jobs.size() >= 2) store(jobs.size() - 2);
  store(jobs.size() - 1);
  return list;
}

Transfer load(Buffer buffer, std::size_t job, std::uint64_t words, std::uint64_t bytes) {
  Transfer t;
  t.buffer = buffer;
  t.job = job;
  t.words = words;
  t.bytes = bytes;
  return t;
}

}  // namespace

TensorFacts tensor_facts(const models::QuantizedNetwork& network, std::size_t layer) {
  const models::Layer& l = network.graph.layers[layer];
  TensorFacts facts;
  facts.act_signed = models::tensor_type(network, l.input) == ElementType::kS8;
  const ElementType output = network.values[layer].output;
  facts.out_kind = out_kind(output);
  facts.out_bytes = models::element_bytes(output) +
                    (l.emits_activation ? models::element_bytes(ElementType::kU8) : 0);
  if (l.residual) {
    facts.residual_bytes = models::element_bytes(models::tensor_type(network, l.residual->tensor));
    facts.residual_shape = models::tensor_shape(network.graph, l.residual->tensor);
  }
  return facts;
}

Transfer act_load(const LayerGeometry& geometry, const Strip& strip, std::size_t job) {
  const models::MapShape& in = geometry.layer().in;
  return load(Buffer::kAct, job, geometry.act_fill_words(strip),
              std::uint64_t{strip.in_rows} * in.width * in.channels * geometry.arch().act_bytes());
}

Transfer weight_load(const LayerGeometry& geometry, std::uint64_t words, std::size_t job) {
  return load(Buffer::kWeight, job, words, ceil_div(words * geometry.arch().weight_word_bits(), 8));
}

Transfer param_load(const LayerGeometry& geometry, const ChannelRange& range, std::size_t job) {
  const std::uint64_t bytes = geometry.layer().emits_activation ? 16 : 8;
  return load(Buffer::kParam, job, geometry.beats_per_pixel(range), range.channels * bytes);
}

Transfer residual_load(const LayerGeometry& geometry, const TensorFacts& facts, const Strip& strip,
                       const ChannelRange& range, std::size_t job) {
  const models::Residual& residual = *geometry.layer().residual;
  const std::uint64_t stride = residual.stride;
  const std::uint64_t rows =
      count_below(strip.out_row * stride, strip.out_rows, stride, facts.residual_shape.height);
  const std::uint64_t columns =
      count_below(0, geometry.layer().out.width, stride, facts.residual_shape.width);
  const std::uint64_t lo = std::max(range.first_channel, residual.channel_offset);
  const std::uint64_t hi = std::min(range.first_channel + range.channels,
                                    residual.channel_offset + facts.residual_shape.channels);
  const std::uint64_t channels = hi > lo ? hi - lo : 0;
  return load(Buffer::kResidual, job, geometry.beats(strip, range),
              rows * columns * channels * facts.residual_bytes);
}

Transfer out_store(const LayerGeometry& geometry, const TensorFacts& facts, const Strip& strip,
                   const ChannelRange& range, std::size_t job) {
  const std::uint64_t pixels = std::uint64_t{strip.out_rows} * geometry.layer().out.width;
  return load(Buffer::kOut, job, geometry.beats(strip, range),
              pixels * range.channels * facts.out_bytes);
}

LayerPlan build_plan(const models::QuantizedNetwork& network, std::size_t layer,
                     const LayerGeometry& geometry, const TensorFacts& facts,
                     const PlanChoice& choice) {
  LayerPlan plan;
  plan.layer = layer;
  plan.truncation = geometry.truncation();
  plan.channels_outer = choice.channels_outer;
  plan.jobs = place_jobs(geometry, choice);
  const JobDescriptor common = layer_descriptor(network, layer, geometry, facts, choice);
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    plan.jobs[j].descriptor = common;
    fill_descriptor(geometry, plan.jobs[j], j + 1 < plan.jobs.size() ? &plan.jobs[j + 1] : nullptr);
  }
  plan.transfers = order_transfers(geometry, facts, choice, plan.jobs);
  return plan;
}

std::uint64_t traffic_bytes(const LayerPlan& plan) {
  std::uint64_t sum = 0;
  for (const Transfer& t : plan.transfers) sum += t.bytes;
  return sum;
}

}  // namespace absim::sim
