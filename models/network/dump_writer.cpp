// SPDX-License-Identifier: Apache-2.0
// Writing of dumps: beside the target, then renamed, so that a reader never meets half of one.
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/error.hpp"
#include "models/core/sha256.hpp"
#include "models/core/staged_directory.hpp"
#include "models/network/dump.hpp"
#include "models/network/dump_check.hpp"
#include "models/network/dump_tensors.hpp"
#include "models/network/graph_check.hpp"

namespace absim::models {
namespace {

namespace fs = std::filesystem;

/// A double-quoted YAML scalar. The text has no control characters: check_network.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string shape_text(const MapShape& shape) {
  return fmt::format("[{}, {}, {}]", shape.height, shape.width, shape.channels);
}

std::string scales_text(const char* key, const std::vector<double>& scales) {
  return scales.empty() ? "" : fmt::format("    {}: [{}]\n", key, fmt::join(scales, ", "));
}

std::string exponent_text(const QuantizedNetwork& network, const char* indent, const char* name,
                          const std::optional<TensorExponent>& value) {
  if (!value || is_bit_serial(network.format)) return "";
  std::string text = fmt::format("{}{}_exponent: {}\n", indent, name, value->exponent);
  if (network.format == WeightFormat::kDfp) {
    text += fmt::format("{}{}_beta: {}\n", indent, name, value->beta);
  }
  return text;
}

std::string format_text(const QuantizedNetwork& network) {
  std::string text =
      fmt::format("weights: {}, bits: {}", format_name(network.format), network.bits);
  if (network.format == WeightFormat::kDfp) {
    text += fmt::format(", rounding: {}", rounding_name(network.rounding));
  }
  if (network.format == WeightFormat::kPosit) text += fmt::format(", es: {}", network.posit.es);
  return text;
}

std::string layer_text(const QuantizedNetwork& network, std::size_t index) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  std::string text = fmt::format(
      "  - name: {}\n    op: {}\n    input: {}\n    in: {}\n    out: {}\n", quoted(layer.name),
      op_name(layer.op), quoted(layer.input), shape_text(layer.in), shape_text(layer.out));
  if (layer.op != LayerOp::kLinear) {
    text += fmt::format("    kernel: [{}, {}]\n    stride: {}\n    padding: [{}, {}, {}, {}]\n",
                        layer.kernel_h, layer.kernel_w, layer.stride, layer.pad.top, layer.pad.left,
                        layer.pad.bottom, layer.pad.right);
  }
  if (layer.has_weights()) {
    text += fmt::format("    out_channels: {}\n    relu: {}\n    activation: {}\n",
                        layer.out.channels, layer.relu, layer.emits_activation);
  }
  if (layer.residual) {
    text += fmt::format("    residual: {{tensor: {}, stride: {}, channel_offset: {}}}\n",
                        quoted(layer.residual->tensor), layer.residual->stride,
                        layer.residual->channel_offset);
  }
  text += fmt::format("    output: {}\n", type_name(values.output));
  return text + scales_text("weight_scale", values.weight_scale) +
         scales_text("output_scale", values.output_scale) +
         scales_text("act_scale", values.act_scale) +
         exponent_text(network, "    ", "weight", values.weight_exponent) +
         exponent_text(network, "    ", "output", values.output_exponent);
}

std::string network_text(const QuantizedNetwork& network, const std::string& sha256) {
  const InputSpec& input = network.graph.input;
  std::string text = fmt::format(
      "absim_dump: 1\nname: {}\nclasses: {}\nformat: {{{}}}\n"
      "input:\n  height: {}\n  width: {}\n  channels: {}\n  pixel_scale: {}\n  mean: [{}]\n  std: "
      "[{}]\n"
      "input_scale: {}\n{}float_top1_percent: {}\n",
      quoted(network.graph.name), network.graph.classes, format_text(network),
      input.shape.height, input.shape.width, input.shape.channels, input.pixel_scale,
      fmt::join(input.mean, ", "), fmt::join(input.std_dev, ", "), network.input_scale,
      exponent_text(network, "", "input", network.input_exponent), network.float_top1_percent);
  if (!network.provenance.empty()) text += "provenance: " + quoted(network.provenance) + "\n";
  text += "tensors_sha256: " + sha256 + "\nlayers:\n";
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    text += layer_text(network, i);
  }
  return text;
}

/// An existing target may be replaced only where it holds a dump and nothing else.
void check_target(const fs::path& target, bool overwrite) {
  if (!fs::exists(fs::symlink_status(target))) return;
  if (!overwrite) {
    throw ConfigError(target.string() +
                      ": found an existing file or directory; allowed: a new name, or overwriting");
  }
  if (!fs::is_directory(target)) {
    throw ConfigError(target.string() + ": found a file; allowed: a dump to overwrite");
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(target)) {
    const std::string name = entry.path().filename().string();
    if (name != kDumpGraphFile && name != kDumpTensorFile) {
      throw ConfigError(
          fmt::format("{}: found '{}' in it; allowed: a dump and nothing else to overwrite",
                      target.string(), name));
    }
  }
}

}  // namespace

void write_dump(const std::string& directory, const QuantizedNetwork& network, bool overwrite) {
  check_network(network, directory);
  fs::path target = fs::path(directory).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  if (target.empty() || target.filename() == "." || target.filename() == "..") {
    throw ConfigError("'" + directory +
                      "': found no name of a directory; allowed: a name for the dump");
  }
  try {
    check_target(target, overwrite);
    StagedDirectory staged(target.string(), overwrite, kDumpGraphFile);
    const std::string tensors = staged.file(kDumpTensorFile);
    write_safetensors(tensors, to_tensors(network));
    staged.write(kDumpGraphFile, network_text(network, sha256_of_file(tensors)));
    staged.commit();
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("{}: cannot be written ({}); a writable place is needed", directory,
                            error.code().message()));
  }
}

}  // namespace absim::models
