// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/rtl/layer_case.hpp"

namespace absim::tests {

using sim::BankIndex;
using sim::ChannelParams;
using sim::JobDescriptor;
using sim::OutElement;
using sim::PeKind;

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
  d.planes = static_cast<std::uint8_t>(layer.planes());
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
  d.relu = layer.relu;
  d.rounding = static_cast<std::uint8_t>(layer.rounding);
  d.out_exponent = static_cast<std::int16_t>(layer.out_exponent);
  d.residual_exponent = static_cast<std::int16_t>(layer.residual_exponent);
  d.offset_shift = static_cast<std::uint8_t>(layer.offset_shift);
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
            const unsigned code = c < layer_.in_channels ? layer_.acts[at] : 0U;
            for (unsigned byte = 0; byte < arch_.act_bytes(); ++byte) {
              word.data.push_back(static_cast<std::uint8_t>(code >> 8 * byte));
            }
          }
          streams_.acts.push_back(std::move(word));
        }
      }
    }
    streams_.acts.back().last = true;
  }

  // One chunk's weights of a column group, of bit-serial PEs one plane of them; columns and lanes
  // that do not exist are 0.
  Word<std::uint64_t> weight_word(const JobCase& job, unsigned group, unsigned plane,
                                  unsigned position, unsigned chunk) const {
    const unsigned positions = layer_.shared_kernel ? 1 : layer_.kernel_h * layer_.kernel_w;
    Word<std::uint64_t> word;
    const unsigned width = arch_.weight_bits();
    word.data.assign((arch_.cols * arch_.lanes * width + 63) / 64, 0);
    for (unsigned col = 0; col < arch_.cols; ++col) {
      const unsigned co = group * arch_.cols + col;
      if (co >= job.channels) break;
      for (unsigned j = 0; j < arch_.lanes; ++j) {
        const unsigned c = chunk * arch_.lanes + j;
        if (c >= layer_.in_channels) break;
        const std::size_t at =
            (std::size_t{job.first_channel + co} * positions + position) * layer_.in_channels + c;
        const unsigned field = arch_.pe == PeKind::kAbs
                                   ? layer_.codes[at] >> (layer_.bits - 1 - plane)
                                   : layer_.codes[at];
        for (unsigned i = 0; i < width; ++i) {
          const unsigned index = (col * arch_.lanes + j) * width + i;
          word.data[index / 64] |= std::uint64_t{field >> i & 1U} << index % 64;
        }
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
        for (unsigned plane = 0; plane < layer_.planes(); ++plane) {
          words.push_back(weight_word(job, group, plane, step / chunks, step % chunks));
        }
      }
    } else {
      for (unsigned plane = 0; plane < layer_.planes(); ++plane) {
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
        std::uint64_t{layer_.planes()} * layer_.kernel_h * layer_.kernel_w * layer_.chunks();
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
