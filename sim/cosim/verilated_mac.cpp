// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/verilated_mac.hpp"

#include <Vbf16_mac_o3.h>
#include <Vfp32_mac_o3.h>
#include <Vint8_mac_o3.h>

#include "models/core/error.hpp"
#include "sim/cosim/verilated_block.hpp"

namespace absim::sim {

class MacRtl::Model {
 public:
  Model() = default;
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual std::vector<std::uint32_t> run(Span<const MacOperation> operations) = 0;
  std::uint64_t cycles = 0;
};

namespace {

constexpr std::uint64_t kPatience = 64;  // cycles after the last operation

template <typename Port>
void put(Port& port, std::uint32_t value) {
  port = static_cast<Port>(value);
}

template <typename Verilated>
class MacDriver final : public MacRtl::Model {
 public:
  std::vector<std::uint32_t> run(Span<const MacOperation> operations) override {
    std::vector<std::uint32_t> results;
    for (std::uint64_t n = 0; results.size() < operations.size(); ++n) {
      ABSIM_CHECK(n < operations.size() + kPatience, "a result for every operation");
      model_->valid_i = n < operations.size();
      if (n < operations.size()) {
        put(model_->a_i, operations[n].a);
        put(model_->b_i, operations[n].b);
        put(model_->c_i, operations[n].c);
      }
      model_.tick();
      ++cycles;
      if (model_->valid_o != 0) results.push_back(model_->result_o);
    }
    return results;
  }

 private:
  VerilatedBlock<Verilated> model_{"mac"};
};

std::unique_ptr<MacRtl::Model> make_model(MacUnit unit) {
  switch (unit) {
    case MacUnit::kInt8:
      return std::make_unique<MacDriver<Vint8_mac_o3>>();
    case MacUnit::kBf16:
      return std::make_unique<MacDriver<Vbf16_mac_o3>>();
    case MacUnit::kFp32:
      return std::make_unique<MacDriver<Vfp32_mac_o3>>();
  }
  throw InvariantError("MacUnit out of range");
}

}  // namespace

MacRtl::MacRtl(MacUnit unit) : model_(make_model(unit)) {}
MacRtl::~MacRtl() = default;
MacRtl::MacRtl(MacRtl&&) noexcept = default;
MacRtl& MacRtl::operator=(MacRtl&&) noexcept = default;

std::vector<std::uint32_t> MacRtl::run(Span<const MacOperation> operations) {
  return model_->run(operations);
}

std::uint64_t MacRtl::cycles() const { return model_->cycles; }

}  // namespace absim::sim
