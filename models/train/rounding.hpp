// SPDX-License-Identifier: Apache-2.0
// Rounding inside the autograd graph: a value on the way forward, its gradient on the way back.
#pragma once

#include <functional>

#include <torch/torch.h>

#include "models/core/span.hpp"

namespace absim::models::train {

/// Writes the rounded values; both spans have the tensor's elements in the order of its memory.
using Rounder = std::function<void(Span<const float> in, Span<float> out)>;

/// The values as `forward` rounds them; the gradient passes straight through, as `backward` rounds
/// it. A null rounder leaves the values alone. The rounders must outlive the backward pass.
/// Tensors are dense F32 (any memory format); those of another device are rounded on the CPU.
torch::Tensor round_through(const torch::Tensor& x, const Rounder* forward,
                            const Rounder* backward);

}  // namespace absim::models::train
