// SPDX-License-Identifier: Apache-2.0
#include "models/train/map_ops.hpp"

#include <limits>

namespace absim::models::train {
namespace {

std::int64_t extent(std::size_t value) { return static_cast<std::int64_t>(value); }

bool is_symmetric(const Padding& pad) { return pad.top == pad.bottom && pad.left == pad.right; }

/// In the order of torch: the last dimension first.
torch::Tensor padded(const torch::Tensor& x, const Padding& pad, double value) {
  return torch::constant_pad_nd(
      x, {extent(pad.left), extent(pad.right), extent(pad.top), extent(pad.bottom)}, value);
}

}  // namespace

torch::Tensor convolve(const Layer& layer, const torch::Tensor& x, const torch::Tensor& weights,
                       const torch::Tensor& bias) {
  const std::int64_t stride = extent(layer.stride);
  if (!is_symmetric(layer.pad))
    return torch::conv2d(padded(x, layer.pad, 0), weights, bias, {stride, stride});
  return torch::conv2d(x, weights, bias, {stride, stride},
                       {extent(layer.pad.top), extent(layer.pad.left)});
}

torch::Tensor pool(const Layer& layer, const torch::Tensor& x) {
  const std::vector<std::int64_t> kernel{extent(layer.kernel_h), extent(layer.kernel_w)};
  const std::vector<std::int64_t> stride{extent(layer.stride), extent(layer.stride)};
  if (layer.op == LayerOp::kMaxPool) {
    const double lowest = -std::numeric_limits<double>::infinity();
    return torch::max_pool2d(padded(x, layer.pad, lowest), kernel, stride);
  }
  // Mean over the window divided by the share of the window that lies inside.
  const torch::Tensor inside =
      torch::ones({1, 1, x.size(2), x.size(3)}, x.options().requires_grad(false));
  const torch::Tensor share = torch::avg_pool2d(padded(inside, layer.pad, 0), kernel, stride);
  return torch::avg_pool2d(padded(x, layer.pad, 0), kernel, stride) / share;
}

torch::Tensor shortcut_map(const Residual& residual, const torch::Tensor& tensor,
                           const torch::Tensor& sum) {
  torch::Tensor map = tensor;
  if (residual.stride != 1) {
    using torch::indexing::None;
    using torch::indexing::Slice;
    const Slice every(0, None, extent(residual.stride));
    map = map.index({Slice(), Slice(), every, every});
  }
  const std::int64_t before = extent(residual.channel_offset);
  const std::int64_t after = sum.size(1) - before - map.size(1);
  if (before == 0 && after == 0) return map;
  return torch::constant_pad_nd(map, {0, 0, 0, 0, before, after});
}

}  // namespace absim::models::train
