// SPDX-License-Identifier: Apache-2.0
#include "models/train/batch.hpp"

#include <algorithm>

namespace absim::models::train {
namespace {

constexpr std::size_t kEvaluationBatch = 250;
constexpr std::int64_t kTop = 5;

}  // namespace

torch::Tensor as_input(std::vector<float>& buffer, std::size_t count, std::size_t side) {
  const auto n = static_cast<std::int64_t>(count);
  const auto extent = static_cast<std::int64_t>(side);
  return torch::from_blob(buffer.data(), {n, extent, extent, 3}).permute({0, 3, 1, 2});
}

torch::Tensor as_labels(Span<const std::size_t> indices, const ImageSet& set) {
  torch::Tensor labels = torch::empty({static_cast<std::int64_t>(indices.size())}, torch::kInt64);
  std::int64_t* out = labels.data_ptr<std::int64_t>();
  for (std::size_t i = 0; i < indices.size(); ++i) out[i] = set.labels[indices[i]];
  return labels;
}

Accuracy evaluate(GraphNet& network, Coder& coder, unsigned values_of, const ImageSet& set,
                  const BatchMaker& maker, const std::vector<std::size_t>& indices) {
  const torch::NoGradGuard no_grad;
  const torch::Device device = network.device();
  Accuracy accuracy;
  accuracy.images = indices.size();
  std::vector<float> buffer;
  for (std::size_t at = 0; at < indices.size(); at += kEvaluationBatch) {
    const std::size_t count = std::min(kEvaluationBatch, indices.size() - at);
    const auto part = Span<const std::size_t>(indices).subspan(at, count);
    buffer.resize(count * set.image_bytes());
    maker.plain(part, buffer);
    const torch::Tensor logits =
        network.forward(as_input(buffer, count, set.height).to(device), {&coder, values_of, false});
    const torch::Tensor labels = as_labels(part, set);
    const auto right = [&](std::int64_t k) {
      const torch::Tensor best = std::get<1>(logits.cpu().topk(k, 1));
      return static_cast<std::size_t>(best.eq(labels.unsqueeze(1)).sum().item<std::int64_t>());
    };
    accuracy.top1 += right(1);
    accuracy.top5 += right(std::min<std::int64_t>(kTop, logits.size(1)));
  }
  return accuracy;
}

}  // namespace absim::models::train
