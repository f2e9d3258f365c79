// SPDX-License-Identifier: Apache-2.0
// Lays the tensors of a network out in an arena and prepares every layer's step.
#include "models/inference/fast_plan.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "models/core/error.hpp"

namespace absim::models::fast {
namespace {

constexpr std::size_t kSlackLines = 1;  // kernels may read past a map's end by less than one vector

std::size_t storage_bytes(Storage storage) {
  switch (storage) {
    case Storage::kU8:
      return 1;
    case Storage::kS16:
      return 2;
    case Storage::kS32:
      return 4;
  }
  throw InvariantError("storage out of range");
}

Map make_map(const QuantizedNetwork& network, const std::string& name, const KernelTable& kernels) {
  Map map;
  map.name = name;
  map.shape = tensor_shape(network.graph, name);
  map.type = tensor_type(network, name);
  switch (map.type) {
    case ElementType::kU8:
      map.storage = kernels.activation;
      break;
    case ElementType::kS8:
      map.storage = kernels.activation;
      map.zero_point = kernels.activation == Storage::kU8 ? 128 : 0;
      break;
    case ElementType::kS16:
      map.storage = Storage::kS16;
      break;
    case ElementType::kS32:
      map.storage = Storage::kS32;
      break;
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      throw InvariantError("posit maps have an engine of their own");
  }
  return map;
}

/// Rows or columns after the map that `outputs` windows reach.
std::size_t reach_after(std::size_t outputs, std::size_t stride, std::size_t kernel,
                        std::size_t before, std::size_t extent) {
  const std::size_t end = (outputs - 1) * stride + kernel;
  return end > before + extent ? end - before - extent : 0;
}

/// Widens the border of a convolution's input to what its windows reach.
void grow_border(const Step& step, Map& map) {
  const Layer& layer = step.layer;
  std::size_t rows = layer.out.height;
  std::size_t columns = layer.out.width;
  if (step.kind == StepKind::kWinograd) {  // whole tiles of 2x2
    rows += rows % 2;
    columns += columns % 2;
  }
  Padding& border = map.border;
  border.top = std::max(border.top, layer.pad.top);
  border.left = std::max(border.left, layer.pad.left);
  border.bottom = std::max(border.bottom, reach_after(rows, layer.stride, layer.kernel_h,
                                                      layer.pad.top, layer.in.height));
  border.right = std::max(border.right, reach_after(columns, layer.stride, layer.kernel_w,
                                                    layer.pad.left, layer.in.width));
}

/// Positions are 32-bit numbers. Only padding far wider than the map can make one too large.
void check_sizes(const Plan& plan, const std::string& network) {
  constexpr std::size_t kMax = std::numeric_limits<std::int32_t>::max();
  for (const Map& map : plan.maps) {
    const std::size_t elements = map.height() * map.pitch();
    if (elements <= kMax) continue;
    throw ConfigError(network + ": tensor '" + map.name + "': found " + std::to_string(elements) +
                      " elements with its padding; allowed: at most " + std::to_string(kMax));
  }
}

/// Element of every output pixel's position (y * stride - top, x * stride - left) in `map`.
std::vector<std::int32_t> pixel_table(const Map& map, const MapShape& out, std::size_t stride,
                                      std::size_t top, std::size_t left) {
  std::vector<std::int32_t> table;
  table.reserve(out.pixels());
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x) {
      const auto from_y =
          static_cast<std::ptrdiff_t>(y * stride) - static_cast<std::ptrdiff_t>(top);
      const auto from_x =
          static_cast<std::ptrdiff_t>(x * stride) - static_cast<std::ptrdiff_t>(left);
      table.push_back(static_cast<std::int32_t>(map.element(from_y, from_x)));
    }
  }
  return table;
}

/// Hands out arena memory. A freed place is used again only by a map of the same geometry, so that
/// borders, written once when the arena is made, stay what they are.
class Places {
 public:
  std::size_t take(const Map& map) {
    for (Place& place : places_) {
      if (place.free && same_geometry(place.map, map)) {
        place.free = false;
        return place.map.line;
      }
    }
    Map placed = map;
    placed.line = lines_;
    lines_ += lines_for(map.bytes()) + kSlackLines;
    places_.push_back({placed, false});
    return placed.line;
  }

  void give_back(std::size_t line) {
    for (Place& place : places_) {
      if (place.map.line == line) place.free = true;
    }
  }

  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  struct Place {
    Map map;
    bool free;
  };

  static bool same_geometry(const Map& a, const Map& b) {
    return a.shape == b.shape && a.storage == b.storage && a.zero_point == b.zero_point &&
           a.border.top == b.border.top && a.border.left == b.border.left &&
           a.border.bottom == b.border.bottom && a.border.right == b.border.right;
  }

  std::vector<Place> places_;
  std::size_t lines_ = 0;
};

/// Gives every map its place: alive from the step that writes it to the last that reads it.
void place_maps(Plan& plan) {
  std::vector<std::size_t> last_use(plan.maps.size(), 0);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    for (const std::size_t map : {step.input, step.residual, step.output, step.act}) {
      if (map != kNone) last_use[map] = i;
    }
  }
  Places places;
  plan.maps[0].line = places.take(plan.maps[0]);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    for (const std::size_t map : {step.output, step.act}) {
      if (map != kNone) plan.maps[map].line = places.take(plan.maps[map]);
    }
    if (i + 1 == plan.steps.size()) break;  // the logits stay
    for (std::size_t map = 0; map < plan.maps.size(); ++map) {
      if (last_use[map] == i) places.give_back(plan.maps[map].line);
    }
  }
  plan.scratch_line = places.lines();
}

std::size_t scratch_bytes(const Plan& plan, const Step& step) {
  const KernelTable& kernels = *plan.kernels;
  switch (step.kind) {
    case StepKind::kWinograd:
      return winograd_tile_bytes(kernels, step.layer.in.channels) +
             16 * kernels.tile_strip * kernels.vectors * kernels.lanes * sizeof(std::int32_t);
    case StepKind::kDirect: {
      if (!step.half_weights) return 0;
      const Map& map = plan.maps[step.input];
      return (map.width() * map.height() + step.layer.out.pixels()) * sizeof(std::int32_t);
    }
    case StepKind::kLinear:
      return (step.layer.in.channels + step.correction.size()) * sizeof(std::int32_t);
    case StepKind::kPool:
      return 0;
  }
  throw InvariantError("step kind out of range");
}

void make_tables(const Plan& plan, Step& step) {
  const Layer& layer = step.layer;
  step.output_pixel = pixel_table(plan.maps[step.output], layer.out, 1, 0, 0);
  if (step.act != kNone) step.act_pixel = pixel_table(plan.maps[step.act], layer.out, 1, 0, 0);
  if (step.residual != kNone) {
    step.residual_pixel =
        pixel_table(plan.maps[step.residual], layer.out, layer.residual->stride, 0, 0);
  }
  if (step.kind == StepKind::kDirect || step.kind == StepKind::kWinograd) {
    step.input_pixel =
        pixel_table(plan.maps[step.input], layer.out, layer.stride, layer.pad.top, layer.pad.left);
    const std::size_t block = plan.kernels->pixels;
    const std::size_t padded = (step.input_pixel.size() + block - 1) / block * block;
    step.input_pixel.resize(padded, step.input_pixel.back());
  }
}

std::vector<std::int16_t> make_input_table(const QuantizedNetwork& network, const Map& input) {
  std::vector<std::int16_t> table(network.input_codes.size());
  std::transform(
      network.input_codes.begin(), network.input_codes.end(), table.begin(),
      [&](std::int8_t code) { return static_cast<std::int16_t>(code + input.zero_point); });
  return table;
}

}  // namespace

std::size_t lines_for(std::size_t bytes) { return (bytes + sizeof(Line) - 1) / sizeof(Line); }

std::size_t winograd_tile_bytes(const KernelTable& kernels, std::size_t in_channels) {
  const std::size_t row = (in_channels + kernels.group - 1) / kernels.group * kernels.group;
  return lines_for(16 * kernels.tile_strip * row * sizeof(std::int16_t)) * sizeof(Line);
}

std::size_t Map::bytes() const { return height() * pitch() * storage_bytes(storage); }

std::ptrdiff_t Map::element(std::ptrdiff_t y, std::ptrdiff_t x) const {
  const std::ptrdiff_t row = y + static_cast<std::ptrdiff_t>(border.top);
  const std::ptrdiff_t column = x + static_cast<std::ptrdiff_t>(border.left);
  return (row * static_cast<std::ptrdiff_t>(width()) + column) *
         static_cast<std::ptrdiff_t>(shape.channels);
}

Plan make_plan(const QuantizedNetwork& network, unsigned truncation, const KernelTable& kernels) {
  if (!has_truncation(network, truncation)) {
    throw ConfigError("truncation: found " + std::to_string(truncation) + "; allowed: " +
                      std::to_string(least_truncation(network)) + ".." +
                      std::to_string(network.bits));
  }
  Plan plan;
  plan.kernels = &kernels;
  std::map<std::string, std::size_t> index;
  const auto add_map = [&](const std::string& name) {
    index[name] = plan.maps.size();
    plan.maps.push_back(make_map(network, name, kernels));
    plan.maps.back().line = kNone;
    return plan.maps.size() - 1;
  };
  add_map("input");
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    Step step;
    step.layer = network.graph.layers[i];
    pack_layer(network, i, truncation, kernels, step);
    step.input = index.at(step.layer.input);
    if (step.layer.residual) step.residual = index.at(step.layer.residual->tensor);
    step.output = add_map(step.layer.name);
    if (step.layer.emits_activation) step.act = add_map(step.layer.name + ".act");
    if (step.kind == StepKind::kDirect || step.kind == StepKind::kWinograd) {
      grow_border(step, plan.maps[step.input]);
    }
    plan.steps.push_back(std::move(step));
  }
  check_sizes(plan, network.graph.name);
  place_maps(plan);
  std::size_t scratch = 0;
  for (Step& step : plan.steps) {
    make_tables(plan, step);
    scratch = std::max(scratch, scratch_bytes(plan, step));
  }
  plan.arena_lines = plan.scratch_line + lines_for(scratch) + kSlackLines;
  plan.input_table = make_input_table(network, plan.maps[0]);
  return plan;
}

}  // namespace absim::models::fast
