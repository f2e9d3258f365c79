// SPDX-License-Identifier: Apache-2.0
#include "sim/system/layer_data.hpp"

#include <algorithm>
#include <utility>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

}  // namespace

LayerData::LayerData(const models::QuantizedNetwork& network, LayerPlan plan,
                     const ArchConfig& arch)
    : network_(network),
      layer_(network.graph.layers.at(plan.layer)),
      values_(network.values.at(plan.layer)),
      params_(plan.pooling() ? nullptr : &models::params_at(network, plan.layer, plan.truncation)),
      plan_(std::move(plan)),
      arch_(arch),
      chunks_(ceil_div(layer_.in.channels, arch.lanes)),
      positions_(layer_.shared_kernel() ? 1 : layer_.kernel_h * layer_.kernel_w),
      word_fields_(ceil_div(arch.weight_word_bits(), 64)) {
  if (!plan_.pooling()) pack_weights();
}

// Weights.

std::uint64_t LayerData::tile_words(bool resident) const {
  const std::size_t positions = resident ? positions_ : layer_.kernel_h * layer_.kernel_w;
  return planes() * positions * chunks_;
}

void LayerData::pack_word(std::size_t group, unsigned plane, std::size_t position,
                          std::size_t chunk, std::uint64_t* word) const {
  const std::size_t in_channels = layer_.in.channels;
  const std::size_t cols =
      std::min<std::size_t>(arch_.cols, layer_.out.channels - group * arch_.cols);
  const std::size_t lanes = std::min<std::size_t>(arch_.lanes, in_channels - chunk * arch_.lanes);
  const unsigned width = arch_.weight_bits();
  // Bit-serial words hold one bit of each code, the others all of it.
  const unsigned bit = is_bit_serial(arch_.pe) ? network_.bits - 1 - plane : 0;
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  for (std::size_t c = 0; c < cols; ++c) {
    const std::size_t channel = group * arch_.cols + c;
    const std::uint16_t* codes =
        &values_.codes[(channel * positions_ + position) * in_channels + chunk * arch_.lanes];
    for (std::size_t j = 0; j < lanes; ++j) {
      const std::size_t at = (c * arch_.lanes + j) * width;
      const std::uint64_t field = (std::uint64_t{codes[j]} >> bit) & mask;
      word[at / 64] |= field << (at % 64);
      if (at % 64 + width > 64) word[at / 64 + 1] |= field >> (64 - at % 64);
    }
  }
}

void LayerData::pack_weights() {
  const std::size_t groups = ceil_div(layer_.out.channels, arch_.cols);
  const std::size_t steps = positions_ * chunks_;
  weights_.assign(groups * planes() * steps * word_fields_, 0);
  const bool stationary = arch_.plane_order == PlaneOrder::kStationary;
  for (std::size_t g = 0; g < groups; ++g) {
    for (unsigned p = 0; p < planes(); ++p) {
      for (std::size_t s = 0; s < steps; ++s) {
        const std::size_t use = stationary ? s * planes() + p : p * steps + s;
        pack_word(g, p, s / chunks_, s % chunks_,
                  &weights_[(g * planes() * steps + use) * word_fields_]);
      }
    }
  }
}

const std::uint64_t* LayerData::weight_word(const Transfer& transfer, std::uint64_t index) const {
  const Job& job = plan_.jobs.at(transfer.job);
  const std::uint64_t held = tile_words(true);
  std::uint64_t group = job.first_channel / arch_.cols;
  std::uint64_t use = index;
  if (!job.descriptor.weight_streamed) {
    group += index / held;
    use = index % held;
  } else {
    group += transfer.group;
    use = transfer.first_word + index;
    if (layer_.shared_kernel()) {  // the stream repeats the words for every kernel position
      const std::uint64_t inner = chunks_ * (job.descriptor.stationary ? planes() : 1U);
      const std::uint64_t plane_words = inner * layer_.kernel_h * layer_.kernel_w;
      use = use / plane_words * inner + use % inner;
    }
  }
  const std::uint64_t word = group * held + use;
  ABSIM_CHECK((word + 1) * word_fields_ <= weights_.size(), "layer_data: weight word out of range");
  return &weights_[word * word_fields_];
}

// Activations, parameters, residuals, outputs.

LayerData::BankAddress LayerData::act_word(const Job& job, std::uint64_t index, const Tensor& input,
                                           std::uint8_t* word) const {
  const std::size_t chunk = index % chunks_;
  const std::size_t pixel = index / chunks_;  // of the strip
  const std::size_t channels = input.shape.channels;
  const std::size_t count = std::min<std::size_t>(arch_.lanes, channels - chunk * arch_.lanes);
  const std::int32_t* values =
      &input.values[(job.in_row * input.shape.width + pixel) * channels + chunk * arch_.lanes];
  const unsigned bytes = arch_.act_bytes();
  for (std::size_t j = 0; j < count; ++j) {
    const auto code = static_cast<std::uint32_t>(values[j]);
    word[j * bytes] = static_cast<std::uint8_t>(code);
    if (bytes == 2) word[2 * j + 1] = static_cast<std::uint8_t>(code >> 8);
  }
  std::fill(word + count * bytes, word + arch_.act_word_bytes(), std::uint8_t{0});
  return {static_cast<std::uint32_t>(pixel % arch_.act_banks),
          static_cast<std::uint32_t>(pixel / arch_.act_banks + chunk * job.descriptor.plane_words)};
}

std::uint64_t LayerData::param_words(const Job& job) const {
  return (job.descriptor.column_groups - 1) * ceil_div(arch_.cols, arch_.postproc_lanes) +
         ceil_div(job.descriptor.last_cols, arch_.postproc_lanes);
}

std::uint64_t LayerData::beats(const Job& job) const {
  return param_words(job) * job.out_rows * layer_.out.width;
}

void LayerData::param_word(const Job& job, std::uint64_t index, ChannelParams* word) const {
  const std::size_t group_words = ceil_div(arch_.cols, arch_.postproc_lanes);
  const std::size_t group = index / group_words;
  const std::size_t first = index % group_words * arch_.postproc_lanes;  // column
  const std::size_t cols =
      group + 1 == job.descriptor.column_groups ? job.descriptor.last_cols : arch_.cols;
  for (std::size_t j = 0; j < arch_.postproc_lanes; ++j) {
    word[j] = ChannelParams();
    if (first + j >= cols) continue;
    const std::size_t channel = job.first_channel + group * arch_.cols + first + j;
    word[j].multiplier = params_->multiplier[channel];
    word[j].offset = params_->offset[channel];
    if (layer_.emits_activation) {
      word[j].act_multiplier = params_->act_multiplier[channel];
      word[j].act_offset = params_->act_offset[channel];
    }
  }
}

LayerData::Beat LayerData::locate(const Job& job, std::uint64_t index) const {
  const std::size_t pixels = job.out_rows * layer_.out.width;
  const std::size_t pl = arch_.postproc_lanes;
  const std::size_t full_group = pixels * ceil_div(arch_.cols, pl);
  const std::size_t group =
      std::min<std::size_t>(index / full_group, job.descriptor.column_groups - 1);
  const std::size_t cols =
      group + 1 == job.descriptor.column_groups ? job.descriptor.last_cols : arch_.cols;
  const std::size_t pixel_beats = ceil_div(cols, pl);
  const std::size_t in_group = index - group * full_group;
  const std::size_t pixel = in_group / pixel_beats;
  const std::size_t first = in_group % pixel_beats * pl;
  Beat beat;
  beat.y = job.out_row + pixel / layer_.out.width;
  beat.x = pixel % layer_.out.width;
  beat.channel = job.first_channel + group * arch_.cols + first;
  beat.count = std::min(pl, cols - first);
  return beat;
}

void LayerData::residual_word(const Job& job, std::uint64_t index, const Tensor& residual,
                              std::int16_t* word) const {
  const Beat beat = locate(job, index);
  const models::Residual& spec = *layer_.residual;
  std::fill_n(word, arch_.postproc_lanes, std::int16_t{0});
  const std::size_t pixel = beat.y * spec.stride * residual.shape.width + beat.x * spec.stride;
  for (std::size_t j = 0; j < beat.count; ++j) {
    const std::size_t channel = beat.channel + j;
    if (channel < spec.channel_offset) continue;
    const std::size_t source = channel - spec.channel_offset;
    if (source >= residual.shape.channels) continue;
    word[j] = static_cast<std::int16_t>(residual.values[pixel * residual.shape.channels + source]);
  }
}

void LayerData::store_word(const Job& job, std::uint64_t index, const OutElement* word,
                           Tensor& output, Tensor* activation) const {
  const Beat beat = locate(job, index);
  const std::size_t first =
      (beat.y * output.shape.width + beat.x) * output.shape.channels + beat.channel;
  for (std::size_t j = 0; j < beat.count; ++j) {
    output.values[first + j] = word[j].value;
    if (activation != nullptr) activation->values[first + j] = word[j].activation;
  }
}

}  // namespace absim::sim
