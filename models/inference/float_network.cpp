// SPDX-License-Identifier: Apache-2.0
// Takes the tensors that a graph names out of a weight file, with checks.
#include <cmath>
#include <set>
#include <utility>

#include "models/inference/float_inference.hpp"
#include "models/network/dump.hpp"

namespace absim::models {
namespace {

using Shape = std::vector<std::size_t>;

std::string text(const Shape& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    out += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return out + "]";
}

class Loader {
 public:
  Loader(const TensorFile& file, std::string where) : file_(file), where_(std::move(where)) {}

  std::vector<float> take(const std::string& name, const Shape& shape) {
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) {
      fail(name, "missing; the network needs F32 " + text(shape));
    }
    const Tensor& tensor = found->second;
    if (tensor.dtype != DType::kF32 || tensor.shape != shape) {
      fail(name, std::string(dtype_name(tensor.dtype)) + " " + text(tensor.shape) +
                     "; the network needs F32 " + text(shape));
    }
    used_.insert(name);
    const Span<const float> values = tensor.as<float>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        fail(name,
             "value " + std::to_string(i) + " is not finite; only finite numbers are allowed");
      }
    }
    return {values.begin(), values.end()};
  }

  [[nodiscard]] bool has(const std::string& name) const {
    return file_.tensors.find(name) != file_.tensors.end();
  }

  /// A factor for the layer or for each channel; empty where the file has none.
  std::vector<float> take_factors(const std::string& name, std::size_t channels) {
    if (!has(name)) return {};
    const bool single = file_.tensors.at(name).shape == Shape{1};
    return take(name, {single ? 1 : channels});
  }

  BatchNorm take_batch_norm(const std::string& prefix, std::size_t channels, double epsilon) {
    BatchNorm bn;
    bn.gamma = take(prefix + ".weight", {channels});
    bn.beta = take(prefix + ".bias", {channels});
    bn.mean = take(prefix + ".running_mean", {channels});
    bn.variance = take(prefix + ".running_var", {channels});
    for (const float v : bn.variance) {
      if (!(v >= 0.0F && static_cast<double>(v) + epsilon > 0.0)) {
        fail(prefix + ".running_var",
             "a variance of " + std::to_string(v) + "; at least 0 is allowed");
      }
    }
    used_.insert(prefix + ".num_batches_tracked");
    return bn;
  }

  void check_positive(const std::string& name, const std::vector<float>& values) const {
    for (const float v : values) {
      if (v <= 0.0F) fail(name, "a scale of " + std::to_string(v) + "; more than 0 is allowed");
    }
  }

  void check_surplus() const {
    for (const auto& entry : file_.tensors) {
      if (used_.count(entry.first) == 0) {
        fail(entry.first, "surplus; the network description does not name it");
      }
    }
  }

 private:
  [[noreturn]] void fail(const std::string& tensor, const std::string& what) const {
    throw FormatError(where_ + ": " + tensor + ": " + what);
  }

  const TensorFile& file_;
  std::string where_;
  std::set<std::string> used_;
};

/// OIHW -> OHWI, the order of a window in an NHWC map.
std::vector<float> reorder(const std::vector<float>& oihw, const Layer& layer) {
  const std::size_t inputs = layer.in.channels;
  const std::size_t taps = layer.shared_kernel() ? 1 : layer.kernel_h * layer.kernel_w;
  std::vector<float> out(oihw.size());
  for (std::size_t o = 0; o < layer.out.channels; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t k = 0; k < taps; ++k) {
        out[(o * taps + k) * inputs + i] = oihw[(o * inputs + i) * taps + k];
      }
    }
  }
  return out;
}

/// Values of single truncation lengths, up to the longest that the file has any for.
std::vector<LengthValues> take_lengths(Loader& loader, const Layer& layer, double epsilon) {
  const std::size_t outputs = layer.out.channels;
  std::vector<LengthValues> lengths;
  for (unsigned t = 1; t <= kMaxWeightBits; ++t) {
    LengthValues values;
    const auto take_norm = [&](const std::string& name) -> std::optional<BatchNorm> {
      if (name.empty() || !loader.has(at_length(name, t) + ".weight")) return std::nullopt;
      return loader.take_batch_norm(at_length(name, t), outputs, epsilon);
    };
    values.batch_norm = take_norm(layer.batch_norm);
    values.act_batch_norm = take_norm(layer.act_batch_norm);
    values.alpha = loader.take_factors(at_length(layer.weight + "_alpha", t), outputs);
    if (!layer.bias.empty() && loader.has(at_length(layer.bias, t)))
      values.bias = loader.take(at_length(layer.bias, t), {outputs});
    const bool any = values.batch_norm || values.act_batch_norm || !values.alpha.empty() ||
                     !values.bias.empty();
    if (!any) continue;
    lengths.resize(t);
    lengths.back() = std::move(values);
  }
  return lengths;
}

FloatLayer take_layer(Loader& loader, const Layer& layer, double epsilon) {
  FloatLayer values;
  const std::size_t outputs = layer.out.channels;
  if (layer.has_weights()) {
    const Shape shape = layer.shared_kernel()
                            ? Shape{outputs, layer.in.channels}
                            : Shape{outputs, layer.in.channels, layer.kernel_h, layer.kernel_w};
    values.weights = reorder(loader.take(layer.weight, shape), layer);
    values.weight_scale = loader.take_factors(layer.weight + "_scale", outputs);
    loader.check_positive(layer.weight + "_scale", values.weight_scale);
  }
  if (!layer.bias.empty()) values.bias = loader.take(layer.bias, {outputs});
  if (!layer.batch_norm.empty()) {
    values.batch_norm = loader.take_batch_norm(layer.batch_norm, outputs, epsilon);
  }
  if (!layer.act_batch_norm.empty()) {
    values.act_batch_norm = loader.take_batch_norm(layer.act_batch_norm, outputs, epsilon);
  }
  if (layer.has_weights()) values.at_length = take_lengths(loader, layer, epsilon);
  return values;
}

}  // namespace

std::string at_length(const std::string& name, unsigned t) {
  return name + ".t" + std::to_string(t);
}

const LengthValues& FloatLayer::length(unsigned t) const {
  static const LengthValues kNone;
  return t >= 1 && t <= at_length.size() ? at_length[t - 1] : kNone;
}

FloatNetwork make_float_network(const Graph& graph, const TensorFile& file,
                                const std::string& where) {
  FloatNetwork network;
  network.graph = graph;
  Loader loader(file, where);
  if (!graph.input.batch_norm.empty()) {
    network.input_batch_norm = loader.take_batch_norm(graph.input.batch_norm,
                                                      graph.input.shape.channels, graph.bn_epsilon);
  }
  for (const Layer& layer : graph.layers) {
    network.layers.push_back(take_layer(loader, layer, graph.bn_epsilon));
  }
  loader.check_surplus();
  return network;
}

FloatNetwork read_float_network(const Graph& graph, const std::string& weights_path) {
  return make_float_network(graph, read_safetensors(weights_path), weights_path);
}

}  // namespace absim::models
