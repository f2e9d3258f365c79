// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/layer_case.hpp"

#include <algorithm>

namespace absim::tests {

using sim::BankIndex;
using sim::ChannelParams;
using sim::JobDescriptor;
using sim::OutElement;
using sim::OutKind;

std::int64_t uniform(Rng& rng, std::int64_t low, std::int64_t high) {
  const auto range = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(range == 0 ? rng() : rng() % range);
}

bool chance(Rng& rng, unsigned percent) { return rng() % 100 < percent; }

std::int32_t LayerCase::activation(unsigned y, unsigned x, unsigned c) const {
  const std::uint8_t code = acts[(std::size_t{y} * in_width + x) * in_channels + c];
  return act_signed ? static_cast<std::int8_t>(code) : code;
}

std::int32_t LayerCase::accumulator(unsigned oy, unsigned ox, unsigned co) const {
  std::int32_t sum = 0;
  for (unsigned ky = 0; ky < kernel_h; ++ky) {
    for (unsigned kx = 0; kx < kernel_w; ++kx) {
      const int y = static_cast<int>(oy * stride + ky) - static_cast<int>(pad_top);
      const int x = static_cast<int>(ox * stride + kx) - static_cast<int>(pad_left);
      if (y < 0 || x < 0 || y >= static_cast<int>(in_height) || x >= static_cast<int>(in_width)) {
        continue;
      }
      for (unsigned c = 0; c < in_channels; ++c) {
        const unsigned position = shared_kernel ? 0 : ky * kernel_w + kx;
        const unsigned positions = shared_kernel ? 1 : kernel_h * kernel_w;
        const std::int32_t code =
            codes[(std::size_t{co} * positions + position) * in_channels + c] >>
            (bits - truncation);
        const std::int32_t full = 1 << truncation;
        const std::int32_t weight = format == models::WeightFormat::kBwb ? 2 * code + 1 - full
                                    : code >= full / 2                   ? code - full
                                                                         : code;
        sum += weight * activation(static_cast<unsigned>(y), static_cast<unsigned>(x), c);
      }
    }
  }
  return sum;
}

OutElement golden_postproc(std::int32_t acc, const ChannelParams& params, std::int32_t residual,
                           std::int32_t gain, unsigned shift, unsigned act_shift, OutKind kind,
                           bool emits) {
  __extension__ using Wide = __int128;
  const auto rounded = [](Wide value, unsigned by) {  // floor(value / 2^by + 1/2)
    const Wide unit = Wide{1} << by;
    const Wide sum = value + unit / 2;
    return sum >= 0 ? sum / unit : -((-sum + unit - 1) / unit);
  };
  Wide low = -(Wide{1} << 31);
  Wide high = (Wide{1} << 31) - 1;
  if (kind == OutKind::kU8) low = 0, high = 255;
  if (kind == OutKind::kS8) low = -128, high = 127;
  if (kind == OutKind::kS16) low = -32768, high = 32767;
  const Wide y =
      rounded(Wide{acc} * params.multiplier + params.offset + Wide{residual} * gain, shift);
  const Wide value = std::clamp(y, low, high);
  OutElement out;
  out.value = static_cast<std::int32_t>(value);
  if (emits) {
    const Wide act = rounded(value * params.act_multiplier + params.act_offset, act_shift);
    out.activation = static_cast<std::uint8_t>(std::clamp(act, Wide{0}, Wide{255}));
  }
  return out;
}

OutElement LayerCase::output(unsigned oy, unsigned ox, unsigned co) const {
  const std::int32_t res =
      residual.empty() ? 0 : residual[(std::size_t{oy} * out_width + ox) * out_channels + co];
  return golden_postproc(accumulator(oy, ox, co), params[co], res, residual_gain, shift, act_shift,
                         out_kind, emits_activation);
}

namespace {

void choose_geometry(Rng& rng, LayerCase& layer) {
  const sim::ArchConfig& arch = layer.arch;
  const auto size = [&rng](std::int64_t low, std::int64_t high) {
    return static_cast<unsigned>(uniform(rng, low, high));
  };
  layer.kernel_h = size(1, 4);
  layer.kernel_w = size(1, 4);
  layer.stride = size(1, 3);
  layer.pad_top = size(0, layer.kernel_h - 1);
  layer.pad_left = size(0, layer.kernel_w - 1);
  layer.out_height = size(1, 6);
  layer.out_width = size(1, 2 * arch.rows);
  layer.in_channels = size(1, 2 * arch.lanes + 1);
  layer.out_channels = size(1, 3 * arch.cols);
  if (chance(rng, 15)) {  // the classifier after global average pooling
    layer.shared_kernel = true;
    layer.kernel_h = size(2, 4);
    layer.kernel_w = size(2, 4);
    layer.pad_top = layer.pad_left = 0;
    layer.out_height = layer.out_width = 1;
  }
  // Rows and columns of padding on the far side: 0 to kernel - 1, so that the map is not empty.
  const unsigned pad_bottom = layer.shared_kernel ? 0 : size(0, layer.kernel_h - 1);
  const unsigned pad_right = layer.shared_kernel ? 0 : size(0, layer.kernel_w - 1);
  const unsigned height = (layer.out_height - 1) * layer.stride + layer.kernel_h;
  const unsigned width = (layer.out_width - 1) * layer.stride + layer.kernel_w;
  layer.in_height = height > layer.pad_top + pad_bottom ? height - layer.pad_top - pad_bottom : 1;
  layer.in_width = width > layer.pad_left + pad_right ? width - layer.pad_left - pad_right : 1;
}

void choose_values(Rng& rng, LayerCase& layer) {
  layer.acts.resize(std::size_t{layer.in_height} * layer.in_width * layer.in_channels);
  for (std::uint8_t& a : layer.acts) a = static_cast<std::uint8_t>(rng());
  const std::size_t positions =
      layer.shared_kernel ? 1 : std::size_t{layer.kernel_h} * layer.kernel_w;
  layer.codes.resize(layer.out_channels * positions * layer.in_channels);
  for (std::uint8_t& code : layer.codes) {
    code = static_cast<std::uint8_t>(rng() % (1U << layer.bits));
  }
  layer.params.resize(layer.out_channels);
  for (ChannelParams& p : layer.params) {
    p.multiplier = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
    p.offset = uniform(rng, -(1LL << 34), 1LL << 34);
    p.act_multiplier = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
    p.act_offset = uniform(rng, -(1LL << 24), 1LL << 24);
  }
  if (chance(rng, 40)) {
    layer.residual.resize(std::size_t{layer.out_height} * layer.out_width * layer.out_channels);
    for (std::int16_t& r : layer.residual)
      r = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
  }
  layer.residual_gain = static_cast<std::int32_t>(uniform(rng, -(1 << 20), 1 << 20));
  layer.out_kind = static_cast<OutKind>(uniform(rng, 0, 3));
  layer.shift = static_cast<unsigned>(uniform(rng, layer.out_kind >= OutKind::kS16 ? 10 : 24,
                                              layer.out_kind >= OutKind::kS16 ? 24 : 32));
  layer.emits_activation = layer.out_kind == OutKind::kS16 && chance(rng, 60);
  layer.act_shift = static_cast<unsigned>(uniform(rng, 14, 24));
}

}  // namespace

LayerCase random_layer(Rng& rng, const sim::ArchConfig& arch) {
  LayerCase layer;
  layer.arch = arch;
  layer.arch.plane_order =
      chance(rng, 50) ? sim::PlaneOrder::kStationary : sim::PlaneOrder::kProgressive;
  layer.format =
      chance(rng, 50) ? models::WeightFormat::kTwosComplement : models::WeightFormat::kBwb;
  layer.bits = chance(rng, 60) ? 8 : static_cast<unsigned>(uniform(rng, 1, 8));
  layer.truncation = static_cast<unsigned>(uniform(rng, 1, layer.bits));
  layer.act_signed = chance(rng, 50);
  choose_geometry(rng, layer);
  choose_values(rng, layer);
  layer.strip_rows = static_cast<unsigned>(uniform(rng, 1, layer.out_height));
  const unsigned groups = (layer.out_channels + arch.cols - 1) / arch.cols;
  layer.groups_of_job = static_cast<unsigned>(uniform(rng, 1, groups));
  if (!layer.shared_kernel && chance(rng, 30)) {
    layer.weight_streamed = true;
    const bool stationary = layer.arch.plane_order == sim::PlaneOrder::kStationary;
    const unsigned unit = stationary ? layer.truncation : 1;
    const unsigned units =
        layer.kernel_h * layer.kernel_w * layer.chunks() * (stationary ? 1 : layer.truncation);
    layer.segment_words = unit * static_cast<unsigned>(uniform(rng, 1, units + 1));
  }
  return layer;
}

namespace {

BankIndex bank_index(std::int64_t linear, unsigned banks) {
  const std::int64_t count = banks;
  const std::int64_t remainder = ((linear % count) + count) % count;
  return {static_cast<std::int32_t>((linear - remainder) / count),
          static_cast<std::uint32_t>(remainder)};
}

JobCase make_job(const LayerCase& layer, unsigned out_row, unsigned first_group) {
  const sim::ArchConfig& arch = layer.arch;
  JobCase job;
  job.out_row = out_row;
  job.out_rows = std::min(layer.strip_rows, layer.out_height - out_row);
  job.first_channel = first_group * arch.cols;
  job.channels = std::min(layer.groups_of_job * arch.cols, layer.out_channels - job.first_channel);
  const int first_y = static_cast<int>(out_row * layer.stride) - static_cast<int>(layer.pad_top);
  const int end_y = first_y + static_cast<int>((job.out_rows - 1) * layer.stride + layer.kernel_h);
  const int height = static_cast<int>(layer.in_height);
  // At least one row is loaded, also where the whole window lies in the padding.
  job.in_row = static_cast<unsigned>(std::clamp(first_y, 0, height - 1));
  job.in_rows =
      static_cast<unsigned>(std::max(1, std::min(end_y, height) - static_cast<int>(job.in_row)));

  const std::int64_t width = layer.in_width;
  const std::int64_t stride = layer.stride;
  const unsigned pixels = job.out_rows * layer.out_width;
  JobDescriptor& d = job.descriptor;
  d.planes = static_cast<std::uint8_t>(layer.truncation);
  d.stationary = arch.plane_order == sim::PlaneOrder::kStationary;
  d.twos_complement = layer.format == models::WeightFormat::kTwosComplement;
  d.act_signed = layer.act_signed;
  d.column_groups = (job.channels + arch.cols - 1) / arch.cols;
  d.tiles = (pixels + arch.rows - 1) / arch.rows;
  d.last_rows = pixels - (d.tiles - 1) * arch.rows;
  d.last_cols = job.channels - (d.column_groups - 1) * arch.cols;
  d.out_width = layer.out_width;
  d.kernel_h = layer.kernel_h;
  d.kernel_w = layer.kernel_w;
  d.chunks = layer.chunks();
  d.stride = layer.stride;
  d.in_height = layer.in_height;
  d.in_width = layer.in_width;
  d.first_y = first_y;
  d.first_x = -static_cast<int>(layer.pad_left);
  d.base = bank_index((first_y - static_cast<int>(job.in_row)) * width + d.first_x, arch.act_banks);
  d.step_x = bank_index(stride, arch.act_banks);
  d.step_row =
      bank_index(stride * width - (std::int64_t{layer.out_width} - 1) * stride, arch.act_banks);
  d.kernel_x = bank_index(1, arch.act_banks);
  d.kernel_row = bank_index(width - (std::int64_t{layer.kernel_w} - 1), arch.act_banks);
  d.plane_words = (job.in_rows * layer.in_width + arch.act_banks - 1) / arch.act_banks;
  d.act_release = true;
  d.weight_streamed = layer.weight_streamed;
  d.segment_words = layer.segment_words;
  d.shared_kernel = layer.shared_kernel;
  d.has_residual = !layer.residual.empty();
  d.emits_activation = layer.emits_activation;
  d.out_kind = layer.out_kind;
  d.shift = static_cast<std::uint8_t>(layer.shift);
  d.act_shift = static_cast<std::uint8_t>(layer.act_shift);
  d.residual_gain = layer.residual_gain;
  return job;
}

}  // namespace

std::vector<JobCase> make_jobs(const LayerCase& layer) {
  std::vector<JobCase> jobs;
  const unsigned groups = (layer.out_channels + layer.arch.cols - 1) / layer.arch.cols;
  const bool one_strip = layer.strip_rows >= layer.out_height;
  for (unsigned group = 0; group < groups; group += layer.groups_of_job) {
    for (unsigned row = 0; row < layer.out_height; row += layer.strip_rows) {
      JobCase job = make_job(layer, row, group);
      const bool last_strip = row + layer.strip_rows >= layer.out_height;
      const bool last_groups = group + layer.groups_of_job >= groups;
      job.descriptor.weight_release = last_strip;
      job.descriptor.param_release = last_strip;
      job.descriptor.act_release = !one_strip || last_groups;  // one strip: loaded once
      jobs.push_back(job);
    }
  }
  return jobs;
}

namespace {

class StreamBuilder {
 public:
  explicit StreamBuilder(const LayerCase& layer) : layer_(layer), arch_(layer.arch) {}

  Streams take() { return std::move(streams_); }

  void add(const JobCase& job) {
    streams_.jobs.push_back(job.descriptor);
    if (new_acts_) add_acts(job);
    new_acts_ = job.descriptor.act_release;
    if (new_params_) add_params(job);
    new_params_ = job.descriptor.param_release;
    const bool resident = !job.descriptor.weight_streamed;
    if (resident && new_weights_) add_weights(job);
    new_weights_ = job.descriptor.weight_release;
    for (unsigned group = 0; group < job.descriptor.column_groups; ++group) {
      for (unsigned tile = 0; tile < job.descriptor.tiles; ++tile) {
        if (!resident) add_segments(job, group);
        add_beats(job, group, tile);
      }
    }
    if (job.descriptor.has_residual) streams_.residuals.back().last = true;
    streams_.outs.back().last = true;
  }

 private:
  void add_acts(const JobCase& job) {
    for (unsigned y = 0; y < job.in_rows; ++y) {
      for (unsigned x = 0; x < layer_.in_width; ++x) {
        for (unsigned chunk = 0; chunk < layer_.chunks(); ++chunk) {
          const unsigned index = y * layer_.in_width + x;
          ActWord word;
          word.bank = index % arch_.act_banks;
          word.address = index / arch_.act_banks + chunk * job.descriptor.plane_words;
          for (unsigned j = 0; j < arch_.lanes; ++j) {
            const unsigned c = chunk * arch_.lanes + j;
            const std::size_t at =
                (std::size_t{job.in_row + y} * layer_.in_width + x) * layer_.in_channels + c;
            word.data.push_back(c < layer_.in_channels ? layer_.acts[at] : std::uint8_t{0});
          }
          streams_.acts.push_back(std::move(word));
        }
      }
    }
    streams_.acts.back().last = true;
  }

  // One plane of one chunk's weights of a column group; columns and lanes that do not exist are 0.
  Word<std::uint64_t> weight_word(const JobCase& job, unsigned group, unsigned plane,
                                  unsigned position, unsigned chunk) const {
    const unsigned positions = layer_.shared_kernel ? 1 : layer_.kernel_h * layer_.kernel_w;
    Word<std::uint64_t> word;
    word.data.assign((arch_.cols * arch_.lanes + 63) / 64, 0);
    for (unsigned col = 0; col < arch_.cols; ++col) {
      const unsigned co = group * arch_.cols + col;
      if (co >= job.channels) break;
      for (unsigned j = 0; j < arch_.lanes; ++j) {
        const unsigned c = chunk * arch_.lanes + j;
        if (c >= layer_.in_channels) break;
        const std::size_t at =
            (std::size_t{job.first_channel + co} * positions + position) * layer_.in_channels + c;
        const std::uint64_t bit = layer_.codes[at] >> (layer_.bits - 1 - plane) & 1U;
        const unsigned index = col * arch_.lanes + j;
        word.data[index / 64] |= bit << index % 64;
      }
    }
    return word;
  }

  std::vector<Word<std::uint64_t>> tile_weights(const JobCase& job, unsigned group) const {
    std::vector<Word<std::uint64_t>> words;
    const unsigned positions = layer_.shared_kernel ? 1 : layer_.kernel_h * layer_.kernel_w;
    const unsigned chunks = layer_.chunks();
    if (job.descriptor.stationary) {
      for (unsigned step = 0; step < positions * chunks; ++step) {
        for (unsigned plane = 0; plane < layer_.truncation; ++plane) {
          words.push_back(weight_word(job, group, plane, step / chunks, step % chunks));
        }
      }
    } else {
      for (unsigned plane = 0; plane < layer_.truncation; ++plane) {
        for (unsigned step = 0; step < positions * chunks; ++step) {
          words.push_back(weight_word(job, group, plane, step / chunks, step % chunks));
        }
      }
    }
    return words;
  }

  void add_weights(const JobCase& job) {
    for (unsigned group = 0; group < job.descriptor.column_groups; ++group) {
      for (Word<std::uint64_t>& word : tile_weights(job, group)) {
        streams_.weights.push_back(std::move(word));
      }
    }
    streams_.weights.back().last = true;
  }

  void add_segments(const JobCase& job, unsigned group) {
    std::vector<Word<std::uint64_t>> words = tile_weights(job, group);
    for (std::size_t i = 0; i < words.size(); ++i) {
      words[i].last = (i + 1) % layer_.segment_words == 0 || i + 1 == words.size();
      streams_.weights.push_back(std::move(words[i]));
    }
  }

  [[nodiscard]] unsigned group_channels(const JobCase& job, unsigned group) const {
    return std::min(arch_.cols, job.channels - group * arch_.cols);
  }

  void add_params(const JobCase& job) {
    for (unsigned group = 0; group < job.descriptor.column_groups; ++group) {
      const unsigned channels = group_channels(job, group);
      for (unsigned first = 0; first < channels; first += arch_.postproc_lanes) {
        Word<ChannelParams> word;
        word.data.resize(arch_.postproc_lanes);
        for (unsigned l = 0; l < std::min(arch_.postproc_lanes, channels - first); ++l) {
          word.data[l] = layer_.params[job.first_channel + group * arch_.cols + first + l];
        }
        streams_.params.push_back(std::move(word));
      }
    }
    streams_.params.back().last = true;
  }

  void add_beats(const JobCase& job, unsigned group, unsigned tile) {
    streams_.array_cycles +=
        std::uint64_t{layer_.truncation} * layer_.kernel_h * layer_.kernel_w * layer_.chunks();
    const unsigned pixels = job.out_rows * layer_.out_width;
    const unsigned channels = group_channels(job, group);
    for (unsigned p = tile * arch_.rows; p < std::min(pixels, (tile + 1) * arch_.rows); ++p) {
      const unsigned oy = job.out_row + p / layer_.out_width;
      const unsigned ox = p % layer_.out_width;
      for (unsigned first = 0; first < channels; first += arch_.postproc_lanes) {
        Word<OutElement> out;
        Word<std::int16_t> residual;
        out.data.resize(arch_.postproc_lanes);
        residual.data.resize(arch_.postproc_lanes);
        for (unsigned l = 0; l < std::min(arch_.postproc_lanes, channels - first); ++l) {
          const unsigned co = job.first_channel + group * arch_.cols + first + l;
          out.data[l] = layer_.output(oy, ox, co);
          if (!layer_.residual.empty()) {
            residual.data[l] =
                layer_
                    .residual[(std::size_t{oy} * layer_.out_width + ox) * layer_.out_channels + co];
          }
        }
        streams_.outs.push_back(std::move(out));
        if (!layer_.residual.empty()) streams_.residuals.push_back(std::move(residual));
      }
    }
  }

  const LayerCase& layer_;
  const sim::ArchConfig& arch_;
  Streams streams_;
  bool new_acts_ = true;
  bool new_weights_ = true;
  bool new_params_ = true;
};

}  // namespace

Streams make_streams(const LayerCase& layer, const std::vector<JobCase>& jobs) {
  StreamBuilder builder(layer);
  for (const JobCase& job : jobs) builder.add(job);
  return builder.take();
}

}  // namespace absim::tests
