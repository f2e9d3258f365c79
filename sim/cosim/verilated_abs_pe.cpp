// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/verilated_abs_pe.hpp"

#include <Vabs_pe_l16_o3.h>
#include <Vabs_pe_l1_o3.h>
#include <Vabs_pe_l4_o3.h>
#include <Vabs_pe_l7_o3.h>
#include <Vabs_pe_l8_o3.h>

#include <algorithm>

#include "models/core/error.hpp"
#include "sim/cosim/abs_pe_driver.hpp"

namespace absim::sim {

class AbsPeRtl::Model {
 public:
  Model() = default;
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual std::int32_t run(const DotProduct& what, Span<const std::uint8_t> acts,
                           Span<const std::uint8_t> codes) = 0;
  [[nodiscard]] virtual std::uint64_t cycles() const = 0;
};

namespace {

template <typename Verilated>
class Sized final : public AbsPeRtl::Model {
 public:
  explicit Sized(unsigned lanes) : driver_(lanes) {}
  std::int32_t run(const DotProduct& what, Span<const std::uint8_t> acts,
                   Span<const std::uint8_t> codes) override {
    return driver_.run(what, acts, codes);
  }
  [[nodiscard]] std::uint64_t cycles() const override { return driver_.cycles(); }

 private:
  AbsPeDriver<Verilated> driver_;
};

std::unique_ptr<AbsPeRtl::Model> make_model(unsigned lanes) {
  switch (lanes) {
    case 1:
      return std::make_unique<Sized<Vabs_pe_l1_o3>>(lanes);
    case 4:
      return std::make_unique<Sized<Vabs_pe_l4_o3>>(lanes);
    case 7:
      return std::make_unique<Sized<Vabs_pe_l7_o3>>(lanes);
    case 8:
      return std::make_unique<Sized<Vabs_pe_l8_o3>>(lanes);
    case 16:
      return std::make_unique<Sized<Vabs_pe_l16_o3>>(lanes);
    default:
      break;
  }
  throw ConfigError("abs_pe: lanes: found " + std::to_string(lanes) +
                    "; Verilated are 1, 4, 7, 8 and 16 (rtl/unit_models.cmake)");
}

void check(bool good, const std::string& what, const std::string& allowed) {
  if (!good) throw ConfigError("abs_pe: " + what + "; " + allowed);
}

}  // namespace

AbsPeRtl::AbsPeRtl(unsigned lanes) : model_(make_model(lanes)) {}
AbsPeRtl::~AbsPeRtl() = default;
AbsPeRtl::AbsPeRtl(AbsPeRtl&&) noexcept = default;
AbsPeRtl& AbsPeRtl::operator=(AbsPeRtl&&) noexcept = default;

std::int32_t AbsPeRtl::run(models::WeightFormat format, PlaneOrder order, bool act_signed,
                           unsigned bits, unsigned truncation, Span<const std::uint8_t> acts,
                           Span<const std::uint8_t> codes) {
  check(bits >= 1 && bits <= 8, "bits: found " + std::to_string(bits), "allowed 1 to 8");
  check(truncation >= 1 && truncation <= bits, "truncation: found " + std::to_string(truncation),
        "allowed 1 to " + std::to_string(bits));
  check(acts.size() >= 1 && acts.size() == codes.size(),
        "operands: found " + std::to_string(acts.size()) + " activations and " +
            std::to_string(codes.size()) + " weights",
        "allowed are equal numbers, at least 1");
  const auto bad = std::find_if(codes.begin(), codes.end(),
                                [bits](std::uint8_t code) { return code >> bits != 0; });
  check(bad == codes.end(), "weight code: found " + std::to_string(bad == codes.end() ? 0 : *bad),
        "allowed 0 to " + std::to_string((1U << bits) - 1));
  return model_->run({format, order, act_signed, bits, truncation}, acts, codes);
}

std::uint64_t AbsPeRtl::cycles() const { return model_->cycles(); }

}  // namespace absim::sim
