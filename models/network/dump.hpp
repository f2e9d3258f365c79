// SPDX-License-Identifier: Apache-2.0
// A quantised network: graph, weight codes and the integer parameters of every layer.
// On disk a dump is a directory: network.yaml and tensors.safetensors (docs/formats.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/formats/dfp.hpp"
#include "models/formats/posit.hpp"
#include "models/network/graph.hpp"

namespace absim::models {

enum class WeightFormat {
  kBwb,
  kTwosComplement,
  kDfp,    ///< dynamic fixed point: 8-bit integers, one power of two a tensor
  kPosit,  ///< posits in weights and activations
};

/// Formats whose weights are streamed plane by plane, so that they can be truncated to any length.
/// The others are bit-parallel: their only length is all their bits.
[[nodiscard]] constexpr bool is_bit_serial(WeightFormat format) {
  return format == WeightFormat::kBwb || format == WeightFormat::kTwosComplement;
}

/// Limits of the post-processing; the RTL has registers of these widths.
inline constexpr unsigned kMaxWeightBits = 8;      // B: planes of a weight
inline constexpr unsigned kDfpBits = 8;            // of DFP weights and activations
inline constexpr std::int32_t kDfpWeightMax = 127;  // weights are symmetric
inline constexpr unsigned kMaxDfpShift = 31;       // of the S-DFP shifter
inline constexpr unsigned kMultiplierBits = 16;    // M and M2, signed
inline constexpr unsigned kOffsetBits = 48;        // B and B2, signed
inline constexpr unsigned kResidualGainBits = 32;  // R, signed
inline constexpr unsigned kMaxShift = 47;          // S and S2
inline constexpr unsigned kMaxPositShift = 255;    // of a posit layer's offset and logits
inline constexpr int kMinExponent = -512;          // of posit read-out and residual: 10 bits
inline constexpr int kMaxExponent = 511;
inline constexpr unsigned kQuireCarryBits = 16;  // a network's quire has 4 M + so many bits

/// Parameters of one layer at one truncation length t. Bit-serial formats:
///   y   = clamp((acc * multiplier[c] + offset[c] + residual * residual_gain + half) >> shift)
///   act = clamp_u8((y * act_multiplier[c] + act_offset[c] + half) >> act_shift)   (second output)
/// half = 2^(shift-1), 0 where shift = 0: round half up. All in two's complement, arithmetic shift.
/// DFP: the same with multiplier = 1, residual_gain = 2^k or 0, and the network's rounding.
/// Posit, in units of 2^(-2M):
///   sum = quire + offset[c] * 2^offset_shift + residual * 2^residual_exponent
///   y   = posit(sum * 2^out_exponent); with ReLU 0 where sum < 0
///   logits: clamp_s32((sum + half) >> shift)
struct PostprocParams {
  std::vector<std::int16_t> multiplier;  // [Cout]; all 1 in bit-parallel formats
  std::vector<std::int64_t> offset;      // [Cout], 48 bits
  std::int32_t residual_gain = 0;
  unsigned shift = 0;
  std::vector<std::int16_t> act_multiplier;  // [Cout] or empty
  std::vector<std::int64_t> act_offset;      // [Cout] or empty, 48 bits
  unsigned act_shift = 0;
  // Posit layers only, 0 elsewhere.
  unsigned offset_shift = 0;
  int residual_exponent = 0;
  int out_exponent = 0;
};

/// A power of two that a tensor's codes are to be multiplied with, and how far S-DFP moved it.
struct TensorExponent {
  int exponent = 0;
  int beta = 0;  ///< 0 in DFP; unused in posit networks
  friend bool operator==(TensorExponent a, TensorExponent b) {
    return a.exponent == b.exponent && a.beta == b.beta;
  }
};

/// One layer's values. Pooling layers have neither codes nor parameters.
struct LayerValues {
  ElementType output = ElementType::kU8;  ///< type of tensor `<name>`; kS16 where emits_activation
  /// Weight codes [Cout][Kh][Kw][Cin], each in [0, 2^bits): the unsigned bit pattern.
  std::vector<std::uint16_t> codes;
  /// [parameter_sets]: of bit-serial formats entry t - 1 is for truncation length t, of the others
  /// there is one. Read them through params_at.
  std::vector<PostprocParams> postproc;
  // For the reader's information only; nothing computes with these.
  std::vector<double> weight_scale;  ///< [Cout] or [1]: value of full scale, i.e. of W_t * 2^-t = 1
  std::vector<double> output_scale;  ///< [bits]: value of one step of `<name>` at each t
  std::vector<double> act_scale;     ///< [bits] or empty: the same of `<name>.act`
  std::optional<TensorExponent> weight_exponent;  ///< DFP and posit
  std::optional<TensorExponent> output_exponent;
};

struct QuantizedNetwork {
  Graph graph;
  WeightFormat format = WeightFormat::kBwb;
  unsigned bits = 8;  ///< B, 1..8; of DFP 8, of posits n
  PositFormat posit;  ///< of kPosit
  Rounding rounding = Rounding::kNearestEven;  ///< of kDfp; not kStochastic
  /// Input code of channel c, pixel p: input_codes[c * 256 + p], signed 8 bits, or a sign-extended
  /// posit. Normalisation and any batch norm on the input are folded in.
  std::vector<std::int16_t> input_codes;
  double input_scale = 1.0;
  std::optional<TensorExponent> input_exponent;  ///< DFP and posit; for information
  std::vector<LayerValues> values;  ///< parallel to graph.layers
  double float_top1_percent = 0.0;  ///< float baseline on the full test set; 0 where unknown
  std::string provenance;           ///< where the weights came from, one line
};

/// Weight W_t at truncation length t, in units of the format's step: BWB 2(q >> (B-t)) + 1 - 2^t,
/// two's complement and DFP: the t most significant bits as a signed integer. Posits are no
/// integers: asking for one is an error.
std::int32_t truncated_weight(WeightFormat format, unsigned bits, unsigned t, std::uint16_t code);

/// Truncation lengths are least_truncation..bits: from 1, or all bits only in bit-parallel formats.
unsigned least_truncation(const QuantizedNetwork& network);
bool has_truncation(const QuantizedNetwork& network, unsigned t);
/// How many sets of post-processing parameters each layer has: one a truncation length.
std::size_t parameter_sets(const QuantizedNetwork& network);
/// The parameters of a layer at a truncation length that the network has.
const PostprocParams& params_at(const QuantizedNetwork& network, std::size_t layer, unsigned t);

/// Type of the network's input: kS8, or posits.
ElementType input_type(const QuantizedNetwork& network);
/// Type of a tensor by name.
ElementType tensor_type(const QuantizedNetwork& network, const std::string& tensor);
MapShape tensor_shape(const Graph& graph, const std::string& tensor);

/// Reads and checks a dump: version, graph, every tensor's presence, shape, type and range, codes
/// within their width, parameter widths, and that no accumulator can overflow at any t.
/// Throws ConfigError or FormatError.
QuantizedNetwork read_dump(const std::string& directory);

/// Writes a dump; same network, same bytes. Refuses an existing directory unless `overwrite`; a failure
/// leaves nothing half-written (written beside, then renamed).
void write_dump(const std::string& directory, const QuantizedNetwork& network, bool overwrite);

/// The checks of read_dump on a network in memory; `where` begins each message.
void check_network(const QuantizedNetwork& network, const std::string& where);

}  // namespace absim::models
