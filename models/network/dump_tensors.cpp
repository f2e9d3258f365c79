// SPDX-License-Identifier: Apache-2.0
// The values of a quantised network as named tensors.
#include "models/network/dump_tensors.hpp"

#include <algorithm>

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

/// Whether codes take two bytes each.
bool has_wide_codes(const QuantizedNetwork& network) { return network.bits > 8; }

/// Integers of two widths come from a tensor of the narrow or of the wide type.
template <typename Wide, typename Narrow>
std::vector<Wide> take_codes(Taker& taker, bool wide, const std::string& name, const Shape& shape) {
  if (wide) return taker.take<Wide>(name, shape);
  const std::vector<Narrow> narrow = taker.take<Narrow>(name, shape);
  return {narrow.begin(), narrow.end()};
}

template <typename Wide, typename Narrow>
Tensor codes_tensor(bool wide, const Shape& shape, const std::vector<Wide>& codes) {
  if (wide) return make_tensor<Wide>(shape, codes);
  std::vector<Narrow> narrow(codes.size());
  std::transform(codes.begin(), codes.end(), narrow.begin(),
                 [](Wide code) { return static_cast<Narrow>(code); });
  return make_tensor<Narrow>(shape, narrow);
}

void take_posit_params(Taker& taker, const Layer& layer, LayerValues& values) {
  const std::size_t channels = layer.out.channels;
  const auto name = [&](const char* tensor) { return layer.name + "." + tensor; };
  PostprocParams& params = values.postproc.emplace_back();
  params.multiplier.assign(channels, 1);
  params.offset = taker.take<std::int64_t>(name("offset"), {1, channels});
  params.offset_shift = taker.take<std::uint8_t>(name("offset_shift"), {1})[0];
  params.residual_exponent = taker.take<std::int16_t>(name("residual_exponent"), {1})[0];
  params.out_exponent = taker.take<std::int16_t>(name("out_exponent"), {1})[0];
  params.shift = taker.take<std::uint8_t>(name("shift"), {1})[0];
}

void put_posit_params(TensorFile& file, const Layer& layer, const PostprocParams& params) {
  const auto put = [&](const char* tensor, auto value) {
    using T = decltype(value);
    file.tensors[layer.name + "." + tensor] = make_tensor<T>({1}, {value});
  };
  file.tensors[layer.name + ".offset"] =
      make_tensor<std::int64_t>({1, layer.out.channels}, params.offset);
  put("offset_shift", static_cast<std::uint8_t>(params.offset_shift));
  put("residual_exponent", static_cast<std::int16_t>(params.residual_exponent));
  put("out_exponent", static_cast<std::int16_t>(params.out_exponent));
  put("shift", static_cast<std::uint8_t>(params.shift));
}

/// Bytes of the parameters of one layer.
std::uint64_t params_bytes(const QuantizedNetwork& network, const Layer& layer) {
  if (network.format == WeightFormat::kPosit) {
    return layer.out.channels * sizeof(std::int64_t) + 2 * sizeof(std::uint8_t) +
           2 * sizeof(std::int16_t);
  }
  const std::uint64_t one =
      layer.out.channels * (sizeof(std::int16_t) + sizeof(std::int64_t)) + 1;
  const std::uint64_t second = layer.emits_activation ? one : 0;
  return parameter_sets(network) * (one + sizeof(std::int32_t) + second);
}

void take_layer(Taker& taker, const Layer& layer, const QuantizedNetwork& network,
                LayerValues& values) {
  const std::size_t bits = parameter_sets(network);
  const std::size_t channels = layer.out.channels;
  const auto name = [&](const char* tensor) { return layer.name + "." + tensor; };
  using P = PostprocParams;
  values.codes = take_codes<std::uint16_t, std::uint8_t>(taker, has_wide_codes(network),
                                                         name("codes"), code_shape(layer));
  if (network.format == WeightFormat::kPosit) return take_posit_params(taker, layer, values);
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

void put_layer(TensorFile& file, const Layer& layer, const QuantizedNetwork& network,
               const LayerValues& values) {
  const std::size_t channels = layer.out.channels;
  const auto put = [&](const char* tensor, Tensor value) {
    file.tensors[layer.name + "." + tensor] = std::move(value);
  };
  using P = PostprocParams;
  put("codes", codes_tensor<std::uint16_t, std::uint8_t>(has_wide_codes(network),
                                                         code_shape(layer), values.codes));
  if (network.format == WeightFormat::kPosit) {
    return put_posit_params(file, layer, values.postproc.at(0));
  }
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
  const std::uint64_t code_bytes = has_wide_codes(network) ? 2 : 1;
  std::uint64_t bytes = network.graph.input.shape.channels * 256 * code_bytes;
  for (const Layer& layer : network.graph.layers) {
    if (!layer.has_weights()) continue;
    bytes += layer.weight_count() * code_bytes + params_bytes(network, layer);
  }
  return bytes;
}

TensorFile to_tensors(const QuantizedNetwork& network) {
  TensorFile file;
  file.tensors["input.codes"] =
      codes_tensor<std::int16_t, std::int8_t>(has_wide_codes(network),
                                              {network.graph.input.shape.channels, 256},
                                              network.input_codes);
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    if (layer.has_weights()) put_layer(file, layer, network, network.values[i]);
  }
  return file;
}

void from_tensors(TensorFile file, const std::string& path, QuantizedNetwork& network) {
  Taker taker(file, path);
  network.input_codes =
      take_codes<std::int16_t, std::int8_t>(taker, has_wide_codes(network), "input.codes",
                                            {network.graph.input.shape.channels, 256});
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    if (layer.has_weights()) take_layer(taker, layer, network, network.values[i]);
  }
  taker.finish();
}

}  // namespace absim::models
