// SPDX-License-Identifier: Apache-2.0
// What a training scheme does to the numbers on their way through the network.
#pragma once

#include <cstddef>

#include <torch/torch.h>

namespace absim::models::train {

/// The identity, i.e. float training. Every function may round the value, its gradient, or both.
/// A coder must live until the backward pass is done.
class Coder {
 public:
  virtual ~Coder() = default;
  /// Operand of a layer's products: weights OIHW (channels-last in memory), or [out][in].
  virtual torch::Tensor weights(std::size_t /*layer*/, const torch::Tensor& w) { return w; }
  /// Operand of a layer's products: activations NCHW.
  virtual torch::Tensor input(std::size_t /*layer*/, const torch::Tensor& x) { return x; }
  /// A layer's sums of products, before batch norm. Their gradient is the operand of both backward
  /// products.
  virtual torch::Tensor products(std::size_t /*layer*/, const torch::Tensor& y) { return y; }
};

}  // namespace absim::models::train
