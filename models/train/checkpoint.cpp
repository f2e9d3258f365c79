// SPDX-License-Identifier: Apache-2.0
// Checkpoints are safetensors files: tensors by name, progress and recipe in the metadata.
#include "models/train/checkpoint.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::models::train {
namespace {

std::vector<std::size_t> shape_of(const torch::Tensor& tensor) {
  std::vector<std::size_t> shape;
  for (const std::int64_t extent : tensor.sizes())
    shape.push_back(static_cast<std::size_t>(extent));
  return shape;
}

double number(const TensorFile& file, const std::string& path, const std::string& key) {
  const auto found = file.metadata.find(key);
  char* end = nullptr;
  const double value = found == file.metadata.end() ? 0 : std::strtod(found->second.c_str(), &end);
  if (end == nullptr || *end != '\0' || end == found->second.c_str()) {
    throw FormatError(fmt::format(
        "{}: metadata '{}': no number; allowed: a checkpoint of absim-train", path, key));
  }
  return value;
}

}  // namespace

void put_state(const NamedTensors& state, const std::string& prefix, TensorFile& file) {
  for (const auto& [name, tensor] : state) {
    const torch::Tensor plain = tensor.to(torch::kCPU, torch::kFloat32).contiguous();
    const float* data = plain.data_ptr<float>();
    file.tensors[prefix + name] = make_tensor(
        shape_of(plain), std::vector<float>(data, data + static_cast<std::size_t>(plain.numel())));
  }
}

void get_state(const TensorFile& file, const std::string& path, const std::string& prefix,
               const NamedTensors& state) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : state) {
    const auto found = file.tensors.find(prefix + name);
    if (found == file.tensors.end()) {
      throw FormatError(fmt::format("{}: no tensor '{}'; allowed: all tensors of the network", path,
                                    prefix + name));
    }
    if (found->second.shape != shape_of(tensor)) {
      throw FormatError(fmt::format("{}: tensor '{}': shape [{}]; allowed: [{}]", path,
                                    prefix + name, fmt::join(found->second.shape, ", "),
                                    fmt::join(shape_of(tensor), ", ")));
    }
    const Span<const float> values = found->second.as<float>();
    torch::Tensor plain = torch::empty(tensor.sizes());
    std::copy(values.begin(), values.end(), plain.data_ptr<float>());
    torch::Tensor(tensor).copy_(plain);
  }
}

void write_checkpoint(const std::string& path, TensorFile tensors, const Progress& progress,
                      const std::string& recipe) {
  tensors.metadata = {{"stage", std::to_string(progress.stage)},
                      {"epochs_done", std::to_string(progress.epochs_done)},
                      {"best_held_out", fmt::format("{}", progress.best_held_out)},
                      {"best_epoch", std::to_string(progress.best_epoch)},
                      {"recipe", recipe}};
  write_safetensors(path, tensors);
}

TensorFile read_checkpoint(const std::string& path, const std::string& recipe, Progress& progress) {
  TensorFile file = read_safetensors(path);
  const auto stored = file.metadata.find("recipe");
  if (stored == file.metadata.end() || stored->second != recipe) {
    throw FormatError(
        path + ": made with another configuration; allowed: the configuration it was started with");
  }
  progress.stage = static_cast<std::size_t>(number(file, path, "stage"));
  progress.epochs_done = static_cast<std::size_t>(number(file, path, "epochs_done"));
  progress.best_held_out = number(file, path, "best_held_out");
  progress.best_epoch = static_cast<std::size_t>(number(file, path, "best_epoch"));
  return file;
}

}  // namespace absim::models::train
