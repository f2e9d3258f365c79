// SPDX-License-Identifier: Apache-2.0
// The network as plain data: what is computed, on which shapes, in which order. One description serves
// float networks (weights from training) and quantised dumps; values live beside it, not in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace absim::models {

/// A feature map, stored [height][width][channels] (NHWC, batch outside).
struct MapShape {
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t channels = 0;

  [[nodiscard]] std::size_t pixels() const { return height * width; }
  [[nodiscard]] std::size_t elements() const { return pixels() * channels; }
  friend bool operator==(const MapShape& a, const MapShape& b) {
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
  }
};

/// Zero padding in pixels; asymmetric ("SAME") padding is allowed.
struct Padding {
  std::size_t top = 0;
  std::size_t left = 0;
  std::size_t bottom = 0;
  std::size_t right = 0;
};

enum class LayerOp {
  kConv,     ///< convolution, kernel [Cout][Kh][Kw][Cin]
  kLinear,   ///< global average pooling, then fully connected: a convolution whose kernel covers the
             ///< map and whose weights [Cout][1][1][Cin] do not depend on the pixel
  kMaxPool,  ///< maximum over the window; padding never wins
  kAvgPool,  ///< mean over the window's pixels inside the map (padding is not counted)
};

/// Element of a tensor between layers.
enum class ElementType {
  kU8,   ///< activation after ReLU
  kS8,   ///< activation that can be negative
  kS16,  ///< residual stream that is not an activation
  kS32,  ///< logits
  kPosit8,   ///< posit of up to 8 bits, its code sign-extended
  kPosit16,  ///< posit of 9 to 16 bits
};

[[nodiscard]] std::size_t element_bytes(ElementType type);  // 1, 1, 2, 4, 1, 2

/// The tensor added to a layer's output before ReLU. Output pixel (y, x), channel c takes
/// tensor[y * stride][x * stride][c - channel_offset], or zero where that channel does not exist.
/// Identity: stride 1, offset 0. Option A of ResNet: stride 2, offset (Cout - Cin) / 2.
struct Residual {
  std::string tensor;
  std::size_t stride = 1;
  std::size_t channel_offset = 0;
};

/// One step of the accelerator: convolution, then in one go batch norm, residual and ReLU.
/// Its output tensor has the layer's name; the second output of a pre-activation block (batch norm and
/// ReLU of the residual stream) is called `<name>.act`.
struct Layer {
  std::string name;
  LayerOp op = LayerOp::kConv;
  std::string input;  ///< tensor name: `input`, a layer's name, or `<layer>.act`
  MapShape in;
  MapShape out;
  std::size_t kernel_h = 1;
  std::size_t kernel_w = 1;
  std::size_t stride = 1;
  Padding pad;
  std::optional<Residual> residual;
  bool relu = false;            ///< ReLU on the output `<name>`
  bool emits_activation = false;  ///< `<name>` is a residual stream; `<name>.act` = ReLU(BN(`<name>`))

  // Names in the float weight file; empty where there is none. Unused by quantised networks.
  std::string weight;  ///< PyTorch layout OIHW, or [out][in] for kLinear
  std::string bias;
  std::string batch_norm;      ///< prefix of .weight .bias .running_mean .running_var
  std::string act_batch_norm;  ///< the same, of the second output

  /// Channels of one weight row: products per output per kernel position.
  [[nodiscard]] bool has_weights() const { return op == LayerOp::kConv || op == LayerOp::kLinear; }
  [[nodiscard]] bool shared_kernel() const { return op == LayerOp::kLinear; }
  /// Products per output element.
  [[nodiscard]] std::size_t products() const { return kernel_h * kernel_w * in.channels; }
  /// Multiply-accumulates per image; zero for pooling. For kLinear the additions of the global
  /// average are products too: the core computes them so.
  [[nodiscard]] std::uint64_t macs() const {
    return has_weights() ? static_cast<std::uint64_t>(out.elements()) * products() : 0;
  }
  /// Weight codes: [Cout][Kh][Kw][Cin], with Kh = Kw = 1 for kLinear.
  [[nodiscard]] std::size_t weight_count() const {
    return out.channels * in.channels * (shared_kernel() ? 1 : kernel_h * kernel_w);
  }
};

/// How pixels (0..255) become the network's input: (pixel * pixel_scale - mean[c]) / std_dev[c].
struct InputSpec {
  MapShape shape;
  double pixel_scale = 1.0 / 255.0;
  std::vector<double> mean;
  std::vector<double> std_dev;
  std::string batch_norm;  ///< float networks that begin with a batch norm on the input
};

struct Graph {
  std::string name;
  InputSpec input;
  std::size_t classes = 0;
  double bn_epsilon = 1e-5;
  std::vector<Layer> layers;  ///< in execution order; the last one gives the logits
};

/// Reads a float network description (configs/network/*.yaml): infers all shapes, checks every
/// reference, kernel, padding and residual. Throws ConfigError `file:line:column: key: found; allowed`.
Graph read_graph(const std::string& path);

/// Checks shapes and references of a graph; throws ConfigError naming `where` and the layer.
void check_graph(const Graph& graph, const std::string& where);

/// Index of the layer that makes `tensor`, or layers.size() for `input`.
std::size_t producer(const Graph& graph, const std::string& tensor);

}  // namespace absim::models
