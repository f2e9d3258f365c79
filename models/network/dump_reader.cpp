// SPDX-License-Identifier: Apache-2.0
// Reading of dumps: network.yaml first, then as many bytes of tensors as it asks for, then every
// check.
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/core/sha256.hpp"
#include "models/network/dump.hpp"
#include "models/network/dump_check.hpp"
#include "models/network/dump_tensors.hpp"
#include "models/network/graph_check.hpp"
#include "models/network/graph_yaml.hpp"

namespace absim::models {
namespace {

constexpr std::uint64_t kDumpVersion = 1;
constexpr double kLargest = std::numeric_limits<double>::max();
constexpr std::uint64_t kMaxTensorHeader = std::uint64_t{64}
                                           << 20;  // JSON before the tensors, bytes

std::vector<double> read_scales(YamlMap& map, const char* key) {
  std::vector<double> scales;
  const std::optional<YamlValue> value = map.optional(key);
  if (!value) return scales;
  for (const YamlValue& item : value->as_list(1, kMaxExtent)) {
    scales.push_back(item.as_number(0, kLargest));
  }
  return scales;
}

void read_format(YamlMap& map, QuantizedNetwork& network) {
  YamlMap format(map.required("format"));
  network.format = format.required_choice<WeightFormat>(
      "weights", {{"bwb", WeightFormat::kBwb},
                  {"twos_complement", WeightFormat::kTwosComplement},
                  {"dfp", WeightFormat::kDfp},
                  {"posit", WeightFormat::kPosit}});
  if (network.format == WeightFormat::kDfp) {
    network.bits = static_cast<unsigned>(format.required_uint("bits", kDfpBits, kDfpBits));
    network.rounding =
        format.required_choice<Rounding>("rounding", {{"nearest_even", Rounding::kNearestEven},
                                                      {"half_away", Rounding::kHalfAway},
                                                      {"half_up", Rounding::kHalfUp},
                                                      {"floor", Rounding::kFloor},
                                                      {"toward_zero", Rounding::kTowardZero}});
  } else if (network.format == WeightFormat::kPosit) {
    network.bits = static_cast<unsigned>(format.required_uint("bits", 3, 16));
    network.posit = {network.bits, static_cast<unsigned>(format.required_uint("es", 0, 2))};
  } else {
    network.bits = static_cast<unsigned>(format.required_uint("bits", 1, kMaxWeightBits));
  }
  format.finish();
}

/// `<name>_exponent` and, in DFP, `<name>_beta`: for information.
std::optional<TensorExponent> read_exponent(YamlMap& map, const std::string& name) {
  const std::optional<YamlValue> value = map.optional(name + "_exponent");
  if (!value) return {};
  constexpr std::int64_t kLimit = 1024;
  const std::optional<YamlValue> beta = map.optional(name + "_beta");
  return TensorExponent{static_cast<int>(value->as_int(-kLimit, kLimit)),
                        beta ? static_cast<int>(beta->as_int(-kLimit, kLimit)) : 0};
}

void read_dump_layer(const YamlValue& value, QuantizedNetwork& network) {
  YamlMap map(value);
  read_layer(map, GraphKind::kQuantized, network.graph);
  LayerValues values;
  values.output = map.required_choice<ElementType>("output", {{"u8", ElementType::kU8},
                                                              {"s8", ElementType::kS8},
                                                              {"s16", ElementType::kS16},
                                                              {"s32", ElementType::kS32},
                                                              {"posit8", ElementType::kPosit8},
                                                              {"posit16", ElementType::kPosit16}});
  values.weight_scale = read_scales(map, "weight_scale");
  values.output_scale = read_scales(map, "output_scale");
  values.act_scale = read_scales(map, "act_scale");
  if (!is_bit_serial(network.format)) {
    values.weight_exponent = read_exponent(map, "weight");
    values.output_exponent = read_exponent(map, "output");
  }
  map.finish();
  network.values.push_back(std::move(values));
}

/// The graph and all that network.yaml says; returns the tensors' SHA-256, empty where not given.
std::string read_network_yaml(const std::string& path, QuantizedNetwork& network) {
  const YamlDocument document = read_yaml(path);
  YamlMap map(document);
  map.required_uint("absim_dump", kDumpVersion, kDumpVersion);
  network.graph = read_graph_header(map, GraphKind::kQuantized);
  read_format(map, network);
  network.input_scale =
      map.required_number("input_scale", std::numeric_limits<double>::min(), kLargest);
  if (!is_bit_serial(network.format)) network.input_exponent = read_exponent(map, "input");
  network.float_top1_percent = map.optional_number("float_top1_percent", 0, 100, 0);
  network.provenance = map.optional_text("provenance");
  const std::string sha256 = map.optional_text("tensors_sha256");
  const std::vector<YamlValue> layers = map.required("layers").as_list(1, kMaxLayers);
  map.finish();
  for (const YamlValue& layer : layers) read_dump_layer(layer, network);
  check_complete(network.graph, layers);
  for (std::size_t i = 0; i < layers.size(); ++i) {  // the last one's type depends on their number
    if (const auto found = type_problem(network, i)) YamlMap(layers[i]).fail_rule("output", *found);
  }
  return sha256;
}

void check_file_size(const std::string& path, std::uint64_t wanted) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw FormatError(path + ": found no readable file; allowed: the tensors of the dump");
  if (size < wanted || size > wanted + kMaxTensorHeader) {
    throw FormatError(fmt::format(
        "{}: found {} bytes; allowed: a header and the {} bytes of tensors that {} asks for", path,
        size, wanted, kDumpGraphFile));
  }
}

}  // namespace

QuantizedNetwork read_dump(const std::string& directory) {
  const std::filesystem::path dir(directory);
  if (std::error_code error; !std::filesystem::is_directory(dir, error)) {
    throw ConfigError(directory + ": found no directory; allowed: a dump");
  }
  QuantizedNetwork network;
  const std::string sha256 = read_network_yaml((dir / kDumpGraphFile).string(), network);
  const std::string tensors = (dir / kDumpTensorFile).string();
  check_file_size(tensors, tensor_bytes(network));
  from_tensors(read_safetensors(tensors), tensors, network);
  if (!sha256.empty()) {
    const std::string found = sha256_of_file(tensors);
    if (found != sha256) {
      throw FormatError(fmt::format("{}: found SHA-256 {}; allowed: {}, from {}", tensors, found,
                                    printable(sha256), kDumpGraphFile));
    }
  }
  check_network(network, tensors);
  return network;
}

}  // namespace absim::models
