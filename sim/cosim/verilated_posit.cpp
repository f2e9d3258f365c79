// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/verilated_posit.hpp"

#include <Vposit_16_1_o3.h>
#include <Vposit_16_2_o3.h>
#include <Vposit_7_1_o3.h>
#include <Vposit_8_0_o3.h>
#include <Vposit_8_1_o3.h>
#include <Vposit_8_2_o3.h>

#include "models/core/error.hpp"
#include "sim/cosim/posit_driver.hpp"

namespace absim::sim {

class PositRtl::Model {
 public:
  Model() = default;
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual PositFields decode(models::PositCode code) = 0;
  virtual PositSums run(int low, int high, bool toward_zero, Span<const models::PositCode> a,
                        Span<const models::PositCode> b) = 0;
  [[nodiscard]] virtual std::uint64_t cycles() const = 0;
};

namespace {

template <typename Verilated>
class Sized final : public PositRtl::Model {
 public:
  explicit Sized(models::PositFormat format) : driver_(format) {}
  PositFields decode(models::PositCode code) override { return driver_.decode(code); }
  PositSums run(int low, int high, bool toward_zero, Span<const models::PositCode> a,
                Span<const models::PositCode> b) override {
    driver_.set_mode(low, high, toward_zero);
    return driver_.run(a, b);
  }
  [[nodiscard]] std::uint64_t cycles() const override { return driver_.cycles(); }

 private:
  PositDriver<Verilated> driver_;
};

std::unique_ptr<PositRtl::Model> make_model(models::PositFormat format) {
  switch (format.n * 10 + format.es) {
    case 71:
      return std::make_unique<Sized<Vposit_7_1_o3>>(format);
    case 80:
      return std::make_unique<Sized<Vposit_8_0_o3>>(format);
    case 81:
      return std::make_unique<Sized<Vposit_8_1_o3>>(format);
    case 82:
      return std::make_unique<Sized<Vposit_8_2_o3>>(format);
    case 161:
      return std::make_unique<Sized<Vposit_16_1_o3>>(format);
    case 162:
      return std::make_unique<Sized<Vposit_16_2_o3>>(format);
    default:
      break;
  }
  throw ConfigError("posit units: found " + models::posit_name(format) +
                    "; Verilated are posit(7,1), (8,0), (8,1), (8,2), (16,1) and (16,2) "
                    "(rtl/unit_models.cmake)");
}

}  // namespace

PositRtl::PositRtl(models::PositFormat format) : format_(format), model_(make_model(format)) {}
PositRtl::~PositRtl() = default;
PositRtl::PositRtl(PositRtl&&) noexcept = default;
PositRtl& PositRtl::operator=(PositRtl&&) noexcept = default;

PositFields PositRtl::decode(models::PositCode code) { return model_->decode(code); }

models::PositCode PositRtl::dot(PositAccumulate accumulate, const models::PositWindowConfig& window,
                                bool toward_zero, Span<const models::PositCode> a,
                                Span<const models::PositCode> b) {
  ABSIM_CHECK(a.size() == b.size() && a.size() != 0, "posit units: a sum of at least one pair");
  const bool windowed = accumulate == PositAccumulate::kWindow;
  if (windowed) models::check_posit_window(format_, window, "posit units");
  const int low = -2 * format_.max_exponent();
  const PositSums sums =
      model_->run(windowed ? window.low : low, windowed ? window.high : low + 1, toward_zero, a, b);
  switch (accumulate) {
    case PositAccumulate::kQuire:
      return sums.quire;
    case PositAccumulate::kWindow:
      return sums.window;
    case PositAccumulate::kChain:
      break;
  }
  return sums.chain;
}

std::uint64_t PositRtl::cycles() const { return model_->cycles(); }

}  // namespace absim::sim
