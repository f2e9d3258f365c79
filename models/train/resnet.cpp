// SPDX-License-Identifier: Apache-2.0
// CIFAR ResNet: construction and forward pass.
#include "models/train/resnet.hpp"

#include <string>

namespace absim::models::train {
namespace {

constexpr std::int64_t kClasses = 10;

torch::nn::Conv2d make_conv(std::int64_t in, std::int64_t out, std::int64_t stride) {
  torch::nn::Conv2d conv(
      torch::nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
  torch::nn::init::kaiming_normal_(conv->weight);
  return conv;
}

}  // namespace

BasicBlockImpl::BasicBlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride)
    : pad_((out - in) / 2), stride_(stride) {
  conv1_ = register_module("conv1", make_conv(in, out, stride));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(out));
  conv2_ = register_module("conv2", make_conv(out, out, 1));
  bn2_ = register_module("bn2", torch::nn::BatchNorm2d(out));
}

torch::Tensor BasicBlockImpl::forward(const torch::Tensor& x) {
  torch::Tensor y = bn1_(conv1_(x)).relu_();
  y = bn2_(conv2_(y));
  if (stride_ == 1 && pad_ == 0) {
    y += x;
  } else {
    using torch::indexing::Slice;
    const torch::Tensor kept = x.index({Slice(), Slice(), Slice(0, torch::indexing::None, stride_),
                                        Slice(0, torch::indexing::None, stride_)});
    y += torch::constant_pad_nd(kept, {0, 0, 0, 0, pad_, pad_});
  }
  return y.relu_();
}

ResNetImpl::ResNetImpl(std::int64_t blocks) {
  conv1_ = register_module("conv1", make_conv(3, 16, 1));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(16));
  std::int64_t in = 16;
  for (std::int64_t stage = 0; stage < 3; ++stage) {
    torch::nn::Sequential layer;
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t out = 16 << stage;
      layer->push_back(BasicBlock(in, out, out == in ? 1 : 2));
      in = out;
    }
    layers_.push_back(register_module("layer" + std::to_string(stage + 1), layer));
  }
  linear_ = register_module("linear", torch::nn::Linear(in, kClasses));
  torch::nn::init::kaiming_normal_(linear_->weight);
  torch::nn::init::zeros_(linear_->bias);
}

torch::Tensor ResNetImpl::forward(torch::Tensor x) {
  x = bn1_(conv1_(x)).relu_();
  for (auto& layer : layers_) x = layer->forward(x);
  return linear_(x.mean({2, 3}));
}

}  // namespace absim::models::train
