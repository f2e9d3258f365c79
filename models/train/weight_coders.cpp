// SPDX-License-Identifier: Apache-2.0
#include "models/train/weight_coders.hpp"

#include <cmath>

#include "models/core/error.hpp"
#include "models/formats/bwb.hpp"
#include "models/formats/twos_complement.hpp"
#include "models/quantize/weight_codes.hpp"

namespace absim::models::train {

// A tensor's memory begins with the output channel (OIHW channels-last is O, H, W, I), so the
// values of one channel lie together.
BwbCoder::BwbCoder(ScaleMode scale, unsigned truncation) : scale_(scale), truncation_(truncation) {
  round_ = [this](Span<const float> in, Span<float> out) {
    const std::vector<double> full = full_scales(in, outputs_, scale_);
    const std::size_t size = in.size() / full.size();
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double one = full[i / size];
      const std::uint8_t code = bwb::encode(double{in[i]}, one, truncation_);
      out[i] = static_cast<float>(bwb::decode(code, one, truncation_, truncation_));
    }
  };
}

torch::Tensor BwbCoder::weights(std::size_t /*layer*/, const torch::Tensor& w) {
  outputs_ = static_cast<std::size_t>(w.size(0));
  return round_through(w, &round_, nullptr);
}

FixedScaleCoder::FixedScaleCoder(WeightFormat format, std::vector<double> full_scale,
                                 unsigned truncation)
    : format_(format), full_scale_(std::move(full_scale)), truncation_(truncation) {
  ABSIM_CHECK(is_bit_serial(format), "a format of bit-planes");
  round_ = [this](Span<const float> in, Span<float> out) {
    const unsigned t = truncation_;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double w = double{in[i]};
      out[i] = static_cast<float>(
          format_ == WeightFormat::kBwb
              ? bwb::decode(bwb::encode(w, full_, t), full_, t, t)
              : twos_complement::decode(twos_complement::encode(w, full_, t), full_, t, t));
    }
  };
}

torch::Tensor FixedScaleCoder::weights(std::size_t layer, const torch::Tensor& w) {
  full_ = full_scale_.at(layer);
  return round_through(w, &round_, nullptr);
}

OneBitCoder::OneBitCoder() {
  round_ = [this](Span<const float> in, Span<float> out) {
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = in[i] < 0.0F ? -constant_ : constant_;
  };
}

double OneBitCoder::constant(const torch::Tensor& w) {
  const auto fan_in = static_cast<double>(w.numel() / w.size(0));
  return std::sqrt(2.0 / fan_in);
}

torch::Tensor OneBitCoder::weights(std::size_t /*layer*/, const torch::Tensor& w) {
  constant_ = static_cast<float>(constant(w));
  return round_through(w, &round_, nullptr);
}

}  // namespace absim::models::train
