// SPDX-License-Identifier: Apache-2.0
// Batches as tensors, and accuracy of a network on many of them.
#pragma once

#include <cstddef>
#include <vector>

#include <torch/torch.h>

#include "models/core/span.hpp"
#include "models/inference/inference.hpp"
#include "models/network/image_set.hpp"
#include "models/train/augment.hpp"
#include "models/train/graph_net.hpp"

namespace absim::models::train {

/// A buffer of float images [count][side][side][3] seen as a channels-last tensor
/// [count,3,side,side].
torch::Tensor as_input(std::vector<float>& buffer, std::size_t count, std::size_t side);

/// Labels of the images as I64 [count].
torch::Tensor as_labels(Span<const std::size_t> indices, const ImageSet& set);

/// Batch norm with running statistics. Leaves gradients alone.
Accuracy evaluate(GraphNet& network, Coder& coder, unsigned values_of, const ImageSet& set,
                  const BatchMaker& maker, const std::vector<std::size_t>& indices);

}  // namespace absim::models::train
