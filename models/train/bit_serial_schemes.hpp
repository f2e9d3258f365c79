// SPDX-License-Identifier: Apache-2.0
// Schemes for weights that are to be truncated, and for weights of one bit.
#pragma once

#include <memory>

#include "models/train/scheme.hpp"

namespace absim::models::train {

/// ProgressiveNN (Suzuki et al. 2020): BWB weights of all bits, trained once; then, weights fixed,
/// batch norm's gamma and beta for each length, the longest first.
std::unique_ptr<Scheme> make_bwb_scheme(const Config& config);

/// BWB weights shared by all lengths; each step trains at random ones. Then, weights fixed, batch
/// norm's gamma and beta for each of norms.lengths, the longest first.
std::unique_ptr<Scheme> make_sampled_scheme(const Config& config);

/// Two's complement weights from short to long (Chang and Tin 2019): in stage L the weights are
/// trained at length L and cannot leave the cell that their L-1 first bits name. A scaling factor
/// for each layer and length, or none. One batch norm for each length, or a common one that, with
/// the factors, is trained for all lengths in a last stage.
std::unique_ptr<Scheme> make_scaled_scheme(const Config& config);

/// One bit for each weight (McDonnell 2018).
std::unique_ptr<Scheme> make_one_bit_scheme(const Config& config);

}  // namespace absim::models::train
