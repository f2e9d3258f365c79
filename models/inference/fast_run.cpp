// SPDX-License-Identifier: Apache-2.0
// Runs a plan: turns every step into the kernels' tasks.
#include "models/inference/fast_run.hpp"

#include <cstring>

#include "models/core/error.hpp"
#include "models/inference/fast_pool.hpp"

namespace absim::models::fast {
namespace {

template <typename Stored>
void write_codes(const Plan& plan, Span<const std::uint8_t> pixels, Stored* to) {
  const Map& map = plan.maps[0];
  const std::size_t channels = map.shape.channels;
  const std::uint8_t* pixel = pixels.data();
  for (std::size_t y = 0; y < map.shape.height; ++y) {
    Stored* row = to + map.element(static_cast<std::ptrdiff_t>(y), 0);
    for (std::size_t x = 0; x < map.shape.width; ++x) {
      for (std::size_t c = 0; c < channels; ++c) {
        *row++ = static_cast<Stored>(plan.input_table[c * 256 + *pixel++]);
      }
    }
  }
}

template <typename Stored>
void read_values(const Map& map, const Stored* from, std::int32_t* to) {
  for (std::size_t y = 0; y < map.shape.height; ++y) {
    const Stored* const row = from + map.element(static_cast<std::ptrdiff_t>(y), 0);
    for (std::size_t i = 0; i < map.shape.width * map.shape.channels; ++i) {
      *to++ = static_cast<std::int32_t>(row[i]) - map.zero_point;
    }
  }
}

Requantize with_pointers(const RequantizeValues& values) {
  Requantize task = values.task;
  task.multiplier = values.multiplier.data();
  task.offset = values.offset.data();
  if (!values.plain_offset.empty()) task.plain_offset = values.plain_offset.data();
  return task;
}

}  // namespace

Runner::Runner(const Plan& plan) : plan_(plan), arena_(plan.arena_lines) {
  for (const Map& map : plan.maps) {
    // zero points other than 0 exist in bytes only
    std::memset(at(map.line), map.zero_point, map.bytes());
  }
}

void Runner::run(Span<const std::uint8_t> pixels, const Visitor& visit) {
  ABSIM_CHECK(pixels.size() == plan_.maps[0].shape.elements(), "image of another size");
  write_input(pixels);
  if (visit) visit(0);
  for (const Step& step : plan_.steps) {
    run_step(step);
    if (!visit) continue;
    visit(step.output);
    if (step.act != kNone) visit(step.act);
  }
}

void Runner::write_input(Span<const std::uint8_t> pixels) {
  void* const to = at(plan_.maps[0].line);
  if (plan_.maps[0].storage == Storage::kU8) {
    write_codes(plan_, pixels, static_cast<std::uint8_t*>(to));
  } else {
    write_codes(plan_, pixels, static_cast<std::int16_t*>(to));
  }
}

void Runner::read(std::size_t index, std::int32_t* to) const {
  const Map& map = plan_.maps[index];
  const void* const from = arena_.data() + map.line;
  switch (map.storage) {
    case Storage::kU8:
      return read_values(map, static_cast<const std::uint8_t*>(from), to);
    case Storage::kS16:
      return read_values(map, static_cast<const std::int16_t*>(from), to);
    case Storage::kS32:
      return read_values(map, static_cast<const std::int32_t*>(from), to);
  }
}

void Runner::run_step(const Step& step) {
  switch (step.kind) {
    case StepKind::kDirect:
    case StepKind::kWinograd:
      return run_conv(step);
    case StepKind::kLinear:
      return run_linear(step);
    case StepKind::kPool: {
      const Map& from = plan_.maps[step.input];
      const Map& to = plan_.maps[step.output];
      const auto pool = step.layer.op == LayerOp::kMaxPool ? max_pool : avg_pool;
      return pool(step.layer, from, at(from.line), to, at(to.line));
    }
  }
}

ConvTask Runner::conv_task(const Step& step) {
  const auto target = [this](std::size_t index, const std::vector<std::int32_t>& pixel) {
    const Map& map = plan_.maps[index];
    return Target{at(map.line), pixel.data(), map.storage, map.zero_point};
  };
  ConvTask task;
  task.channels = step.layer.out.channels;
  task.weights = step.weights.data();
  task.correction = step.correction.data();
  task.requantize = with_pointers(step.requantize);
  task.output = target(step.output, step.output_pixel);
  if (step.act != kNone) {
    task.act_requantize = with_pointers(step.act_requantize);
    task.act = target(step.act, step.act_pixel);
  }
  if (step.residual != kNone) {
    const Map& map = plan_.maps[step.residual];
    task.residual = ResidualSource{at(map.line),
                                   step.residual_pixel.data(),
                                   map.storage,
                                   map.zero_point,
                                   static_cast<std::int32_t>(step.layer.residual->channel_offset),
                                   static_cast<std::int32_t>(map.shape.channels)};
  }
  return task;
}

void Runner::run_conv(const Step& step) {
  const Layer& layer = step.layer;
  const Map& input = plan_.maps[step.input];
  const KernelTable& kernels = *plan_.kernels;
  ConvTask task = conv_task(step);
  task.input = at(input.line);
  task.input_pixel = step.input_pixel.data();
  task.pixels = layer.out.pixels();
  task.kernel_rows = layer.kernel_h;
  task.row_pitch = input.pitch();
  task.row_groups = (layer.kernel_w * layer.in.channels + kernels.group - 1) / kernels.group;
  if (step.kind == StepKind::kWinograd) {
    WinogradTask winograd;
    winograd.conv = task;
    winograd.in_channels = layer.in.channels;
    winograd.tiles_x = (layer.out.width + 1) / 2;
    winograd.tiles_y = (layer.out.height + 1) / 2;
    winograd.out_width = layer.out.width;
    winograd.out_height = layer.out.height;
    winograd.tiles = static_cast<std::int16_t*>(at(plan_.scratch_line));
    winograd.products = static_cast<std::int32_t*>(
        at(plan_.scratch_line + lines_for(winograd_tile_bytes(kernels, layer.in.channels))));
    kernels.winograd(winograd);
    return;
  }
  if (step.half_weights) {
    WindowSumTask sums;
    sums.input = task.input;
    sums.map_pixels = input.width() * input.height();
    sums.map_width = input.width();
    sums.channels = layer.in.channels;
    sums.first_pixel = static_cast<std::size_t>(step.input_pixel[0]) / layer.in.channels;
    sums.out_width = layer.out.width;
    sums.out_height = layer.out.height;
    sums.kernel_h = layer.kernel_h;
    sums.kernel_w = layer.kernel_w;
    sums.stride = layer.stride;
    sums.pixel_sum = static_cast<std::int32_t*>(at(plan_.scratch_line));
    sums.window_sum = sums.pixel_sum + sums.map_pixels;
    kernels.window_sums(sums);
    task.window_sum = sums.window_sum;
  }
  kernels.conv(task);
}

/// A convolution with one weight per channel for all pixels: sum the pixels first.
void Runner::run_linear(const Step& step) {
  const Map& input = plan_.maps[step.input];
  const std::size_t channels = step.layer.in.channels;
  auto* const sums = static_cast<std::int32_t*>(at(plan_.scratch_line));
  std::int32_t* const dots = sums + channels;
  channel_sums(input, at(input.line), sums);
  std::memset(dots, 0, step.correction.size() * sizeof *dots);
  const std::int32_t* weights = step.plain_weights.data();
  for (std::size_t out = 0; out < step.layer.out.channels; ++out, weights += channels) {
    std::uint32_t dot = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      dot += static_cast<std::uint32_t>(weights[c]) * static_cast<std::uint32_t>(sums[c]);
    }
    dots[out] = static_cast<std::int32_t>(dot);
  }
  plan_.kernels->finish(conv_task(step), dots);
}

}  // namespace absim::models::fast
