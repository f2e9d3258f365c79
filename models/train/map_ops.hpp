// SPDX-License-Identifier: Apache-2.0
// The operations of a network description on torch maps [N,C,H,W].
#pragma once

#include <torch/torch.h>

#include "models/network/graph.hpp"

namespace absim::models::train {

/// Convolution with the layer's stride and its padding, which may be asymmetric.
torch::Tensor convolve(const Layer& layer, const torch::Tensor& x, const torch::Tensor& weights,
                       const torch::Tensor& bias);

/// Maximum or mean over the pixels inside the map; padding does not count.
torch::Tensor pool(const Layer& layer, const torch::Tensor& x);

/// The residual's tensor as it is added to `sum`: subsampled, moved by the channel offset, zeros
/// where it has no channel.
torch::Tensor shortcut_map(const Residual& residual, const torch::Tensor& tensor,
                           const torch::Tensor& sum);

}  // namespace absim::models::train
