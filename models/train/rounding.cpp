// SPDX-License-Identifier: Apache-2.0
#include "models/train/rounding.hpp"

#include "models/core/error.hpp"

namespace absim::models::train {
namespace {

torch::Tensor rounded(const torch::Tensor& x, const Rounder& rounder) {
  torch::Tensor in = x.detach().cpu();
  if (!in.is_non_overlapping_and_dense()) in = in.contiguous();
  torch::Tensor out = torch::empty_like(in, torch::MemoryFormat::Preserve);
  ABSIM_CHECK(out.strides() == in.strides(), "both must have the same order in memory");
  const auto count = static_cast<std::size_t>(in.numel());
  rounder({in.data_ptr<float>(), count}, {out.data_ptr<float>(), count});
  return out.to(x.device());
}

const Rounder* as_rounder(std::int64_t address) {
  return reinterpret_cast<const Rounder*>(address);  // NOLINT: autograd keeps numbers only
}

struct RoundThrough : torch::autograd::Function<RoundThrough> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               std::int64_t forward_rounder, std::int64_t backward_rounder) {
    context->saved_data["backward"] = backward_rounder;
    return forward_rounder == 0 ? x.view_as(x) : rounded(x, *as_rounder(forward_rounder));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const std::int64_t rounder = context->saved_data["backward"].toInt();
    const torch::Tensor gradient =
        rounder == 0 ? gradients[0] : rounded(gradients[0], *as_rounder(rounder));
    return {gradient, torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor round_through(const torch::Tensor& x, const Rounder* forward,
                            const Rounder* backward) {
  return RoundThrough::apply(x, reinterpret_cast<std::int64_t>(forward),
                             reinterpret_cast<std::int64_t>(backward));
}

}  // namespace absim::models::train
