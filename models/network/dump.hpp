// SPDX-License-Identifier: Apache-2.0
// A quantised network: graph, weight codes and the integer parameters of every layer.
// On disk a dump is a directory: network.yaml and tensors.safetensors (docs/formats.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/network/graph.hpp"

namespace absim::models {

enum class WeightFormat { kBwb, kTwosComplement };

/// Limits of the fixed-point post-processing; the RTL has registers of these widths.
inline constexpr unsigned kMaxWeightBits = 8;      // B: planes of a weight
inline constexpr unsigned kMultiplierBits = 16;    // M and M2, signed
inline constexpr unsigned kOffsetBits = 48;        // B and B2, signed
inline constexpr unsigned kResidualGainBits = 32;  // R, signed
inline constexpr unsigned kMaxShift = 47;          // S and S2

/// Parameters of one layer at one truncation length t.
///   y   = clamp((acc * multiplier[c] + offset[c] + residual * residual_gain + half) >> shift)
///   act = clamp_u8((y * act_multiplier[c] + act_offset[c] + half) >> act_shift)   (second output)
/// half = 2^(shift-1), 0 where shift = 0: round half up. All in two's complement, arithmetic shift.
struct PostprocParams {
  std::vector<std::int16_t> multiplier;  // [Cout]
  std::vector<std::int64_t> offset;      // [Cout], 48 bits
  std::int32_t residual_gain = 0;
  unsigned shift = 0;
  std::vector<std::int16_t> act_multiplier;  // [Cout] or empty
  std::vector<std::int64_t> act_offset;      // [Cout] or empty, 48 bits
  unsigned act_shift = 0;
};

/// One layer's values. Pooling layers have neither codes nor parameters.
struct LayerValues {
  ElementType output = ElementType::kU8;  ///< type of tensor `<name>`; kS16 where emits_activation
  /// Weight codes [Cout][Kh][Kw][Cin], each in [0, 2^bits). Two's complement codes are stored as the
  /// unsigned bit pattern.
  std::vector<std::uint8_t> codes;
  std::vector<PostprocParams> postproc;  ///< [bits]; entry t - 1 is for truncation length t
  // For the reader's information only; nothing computes with these.
  std::vector<double> weight_scale;  ///< [Cout] or [1]: value of full scale, i.e. of W_t * 2^-t = 1
  std::vector<double> output_scale;  ///< [bits]: value of one step of `<name>` at each t
  std::vector<double> act_scale;     ///< [bits] or empty: the same of `<name>.act`
};

struct QuantizedNetwork {
  Graph graph;
  WeightFormat format = WeightFormat::kBwb;
  unsigned bits = 8;  ///< B, 1..8
  /// Input code of channel c, pixel p: input_codes[c * 256 + p], signed 8 bits. Normalisation and any
  /// batch norm on the input are folded in.
  std::vector<std::int8_t> input_codes;
  double input_scale = 1.0;
  std::vector<LayerValues> values;  ///< parallel to graph.layers
  double float_top1_percent = 0.0;  ///< float baseline on the full test set; 0 where unknown
  std::string provenance;           ///< where the weights came from, one line
};

/// Weight W_t at truncation length t, in units of the format's step: BWB 2(q >> (B-t)) + 1 - 2^t,
/// two's complement: the t most significant bits as a signed integer.
std::int32_t truncated_weight(WeightFormat format, unsigned bits, unsigned t, std::uint8_t code);

/// Type of a tensor by name (`input` is kS8).
ElementType tensor_type(const QuantizedNetwork& network, const std::string& tensor);
MapShape tensor_shape(const Graph& graph, const std::string& tensor);

/// Reads and checks a dump: version, graph, every tensor's presence, shape, type and range, codes
/// within their width, parameter widths, and that no 32-bit accumulator can overflow at any t.
/// Throws ConfigError or FormatError.
QuantizedNetwork read_dump(const std::string& directory);

/// Writes a dump; same network, same bytes. Refuses an existing directory unless `overwrite`; a failure
/// leaves nothing half-written (written beside, then renamed).
void write_dump(const std::string& directory, const QuantizedNetwork& network, bool overwrite);

/// The checks of read_dump on a network in memory; `where` begins each message.
void check_network(const QuantizedNetwork& network, const std::string& where);

}  // namespace absim::models
