// SPDX-License-Identifier: Apache-2.0
// Schemes for bit-parallel numbers: forward and backward products in 8-bit (S-)DFP, or in posits.
#pragma once

#include <memory>

#include "models/train/scheme.hpp"

namespace absim::models::train {

/// Weights, activations, errors and weight gradients in 8-bit DFP or S-DFP (Sakai and Tamiya 2021);
/// batch norm and optimiser in float.
std::unique_ptr<Scheme> make_dfp_scheme(const Config& config);

/// The same in posits with layer-wise scaling and float warm-up (Lu et al. 2019, 2021).
std::unique_ptr<Scheme> make_posit_scheme(const Config& config);

}  // namespace absim::models::train
