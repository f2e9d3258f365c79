// SPDX-License-Identifier: Apache-2.0
// CIFAR ResNet with option A shortcuts (He et al. 2016, section 4.2), tensor names as in the public
// PyTorch versions.
#pragma once

#include <vector>

#include <torch/torch.h>

namespace absim::models::train {

/// Two 3x3 convolutions. Where the shape changes the shortcut takes every second row and column and
/// pads zero channels.
class BasicBlockImpl : public torch::nn::Module {
 public:
  BasicBlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::int64_t pad_;  // zero channels before and after
  std::int64_t stride_;
  torch::nn::Conv2d conv1_{nullptr}, conv2_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
};
TORCH_MODULE(BasicBlock);

/// depth = 6 * blocks + 2. Input [N,3,32,32] channels-last, output logits [N,10].
class ResNetImpl : public torch::nn::Module {
 public:
  explicit ResNetImpl(std::int64_t blocks);
  torch::Tensor forward(torch::Tensor x);

 private:
  torch::nn::Conv2d conv1_{nullptr};
  torch::nn::BatchNorm2d bn1_{nullptr};
  std::vector<torch::nn::Sequential> layers_;
  torch::nn::Linear linear_{nullptr};
};
TORCH_MODULE(ResNet);

}  // namespace absim::models::train
