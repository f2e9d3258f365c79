// SPDX-License-Identifier: Apache-2.0
// The values of a quantised network as named tensors.
#include "models/network/dump_tensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

using Shape = std::vector<std::size_t>;

Shape code_shape(const Layer& layer) {
  const bool shared = layer.shared_kernel();
  return {layer.out.channels, shared ? 1 : layer.kernel_h, shared ? 1 : layer.kernel_w,
          layer.in.channels};
}

/// Takes tensors out of a file one by one and checks each.
class Taker {
 public:
  Taker(TensorFile& file, const std::string& path) : file_(file), path_(path) {}

  template <typename T>
  std::vector<T> take(const std::string& name, const Shape& shape) {
    const char* dtype = dtype_name(detail::DTypeOf<T>::value);
    const auto at = file_.tensors.find(name);
    if (at == file_.tensors.end()) {
      fail(name, fmt::format("found none; allowed: {} [{}]", dtype, fmt::join(shape, ", ")));
    }
    const Tensor& tensor = at->second;
    if (tensor.dtype != detail::DTypeOf<T>::value || tensor.shape != shape) {
      fail(name, fmt::format("found {} [{}]; allowed: {} [{}]", dtype_name(tensor.dtype),
                             fmt::join(tensor.shape, ", "), dtype, fmt::join(shape, ", ")));
    }
    const Span<const T> values = tensor.as<T>();
    std::vector<T> copy(values.begin(), values.end());
    file_.tensors.erase(at);
    return copy;
  }
  void finish() const {
    if (file_.tensors.empty()) return;
    fail(file_.tensors.begin()->first, "found a tensor that no layer asks for; allowed: none");
  }

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& text) const {
    throw FormatError(fmt::format("{}: tensor '{}': {}", path_, name, text));
  }
  TensorFile& file_;
  const std::string& path_;
};

/// One tensor [bits][channels] from a vector of each truncation length.
template <typename T, typename Member>
Tensor stack(const LayerValues& values, std::size_t channels, Member member) {
  std::vector<T> all;
  for (const PostprocParams& params : values.postproc) {
    const std::vector<T>& row = params.*member;
    all.insert(all.end(), row.begin(), row.end());
  }
  return make_tensor<T>({values.postproc.size(), channels}, all);
}

Tensor stack_shifts(const LayerValues& values, unsigned PostprocParams::*member) {
  std::vector<std::uint8_t> shifts;
  for (const PostprocParams& params : values.postproc) {
    shifts.push_back(static_cast<std::uint8_t>(params.*member));
  }
  return make_tensor<std::uint8_t>({shifts.size()}, shifts);
}

template <typename T, typename Member>
void unstack(const std::vector<T>& all, std::size_t channels, LayerValues& values, Member member) {
  for (std::size_t t = 0; t < values.postproc.size(); ++t) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(t * channels);
    (values.postproc[t].*member).assign(begin, begin + static_cast<std::ptrdiff_t>(channels));
  }
}

template <typename T, typename Member>
void unstack_single(const std::vector<T>& all, LayerValues& values, Member member) {
  for (std::size_t t = 0; t < values.postproc.size(); ++t) values.postproc[t].*member = all[t];
}

void take_layer(Taker& taker, const Layer& layer, unsigned bits, LayerValues& values) {
  const std::size_t channels = layer.out.channels;
  const auto name = [&](const char* tensor) { return layer.name + "." + tensor; };
  using P = PostprocParams;
  values.codes = taker.take<std::uint8_t>(name("codes"), code_shape(layer));
  values.postproc.resize(bits);
  unstack(taker.take<std::int16_t>(name("multiplier"), {bits, channels}), channels, values,
          &P::multiplier);
  unstack(taker.take<std::int64_t>(name("offset"), {bits, channels}), channels, values, &P::offset);
  unstack_single(taker.take<std::int32_t>(name("residual_gain"), {bits}), values,
                 &P::residual_gain);
  unstack_single(taker.take<std::uint8_t>(name("shift"), {bits}), values, &P::shift);
  if (!layer.emits_activation) return;
  unstack(taker.take<std::int16_t>(name("act_multiplier"), {bits, channels}), channels, values,
          &P::act_multiplier);
  unstack(taker.take<std::int64_t>(name("act_offset"), {bits, channels}), channels, values,
          &P::act_offset);
  unstack_single(taker.take<std::uint8_t>(name("act_shift"), {bits}), values, &P::act_shift);
}

void put_layer(TensorFile& file, const Layer& layer, const LayerValues& values) {
  const std::size_t channels = layer.out.channels;
  const auto put = [&](const char* tensor, Tensor value) {
    file.tensors[layer.name + "." + tensor] = std::move(value);
  };
  using P = PostprocParams;
  put("codes", make_tensor<std::uint8_t>(code_shape(layer), values.codes));
  put("multiplier", stack<std::int16_t>(values, channels, &P::multiplier));
  put("offset", stack<std::int64_t>(values, channels, &P::offset));
  std::vector<std::int32_t> gains;
  for (const P& params : values.postproc) gains.push_back(params.residual_gain);
  put("residual_gain", make_tensor<std::int32_t>({gains.size()}, gains));
  put("shift", stack_shifts(values, &P::shift));
  if (!layer.emits_activation) return;
  put("act_multiplier", stack<std::int16_t>(values, channels, &P::act_multiplier));
  put("act_offset", stack<std::int64_t>(values, channels, &P::act_offset));
  put("act_shift", stack_shifts(values, &P::act_shift));
}

}  // namespace

std::uint64_t tensor_bytes(const QuantizedNetwork& network) {
  std::uint64_t bytes = network.graph.input.shape.channels * 256;
  for (const Layer& layer : network.graph.layers) {
    if (!layer.has_weights()) continue;
    const std::uint64_t postproc =
        layer.out.channels * (sizeof(std::int16_t) + sizeof(std::int64_t)) + 1;
    bytes += layer.weight_count() + network.bits * (postproc + sizeof(std::int32_t));
    if (layer.emits_activation) bytes += network.bits * postproc;
  }
  return bytes;
}

TensorFile to_tensors(const QuantizedNetwork& network) {
  TensorFile file;
  file.tensors["input.codes"] =
      make_tensor<std::int8_t>({network.graph.input.shape.channels, 256}, network.input_codes);
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    if (layer.has_weights()) put_layer(file, layer, network.values[i]);
  }
  return file;
}

void from_tensors(TensorFile file, const std::string& path, QuantizedNetwork& network) {
  Taker taker(file, path);
  network.input_codes =
      taker.take<std::int8_t>("input.codes", {network.graph.input.shape.channels, 256});
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    if (layer.has_weights()) take_layer(taker, layer, network.bits, network.values[i]);
  }
  taker.finish();
}

}  // namespace absim::models
