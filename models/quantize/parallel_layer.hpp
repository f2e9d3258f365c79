// SPDX-License-Identifier: Apache-2.0
// Integer parameters of one layer of a bit-parallel network from its exponents and offsets.
#pragma once

#include <string>
#include <vector>

#include "models/network/dump.hpp"

namespace absim::models {

/// Exponents of the tensors around a layer: value = code (or posit) * 2^exponent.
struct LayerExponents {
  int input = 0;
  int weights = 0;
  int output = 0;    ///< unused for logits
  int residual = 0;  ///< unused without a residual
  bool has_residual = false;
  bool is_logits = false;

  [[nodiscard]] int sum() const { return input + weights; }  ///< of one step of a sum
};

/// The least output exponent that a DFP layer can have: its sums are only shifted to the right.
int least_dfp_output(const LayerExponents& exponents);

/// Offsets are real values, of sums; throws ConfigError beginning with `where` where the format
/// cannot hold them or the residual.
PostprocParams dfp_params(const LayerExponents& exponents, const std::vector<double>& offset,
                          const std::string& where);
/// `largest` is the largest |logit sum| to expect: logits keep 26 bits of it, with room above.
PostprocParams posit_params(PositFormat format, const LayerExponents& exponents,
                            const std::vector<double>& offset, double largest,
                            const std::string& where);

/// Exponent of one step of the logits.
int logit_exponent(const QuantizedNetwork& network, const LayerExponents& exponents,
                   const PostprocParams& params);

}  // namespace absim::models
