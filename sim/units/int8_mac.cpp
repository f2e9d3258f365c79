// SPDX-License-Identifier: Apache-2.0
#include "sim/units/int8_mac.hpp"

namespace absim::sim {

void Int8Mac::tick(std::int8_t a, std::int8_t b, std::int32_t c) {
  const std::int64_t sum = std::int64_t{a} * b + c;  // 33 bits; the low 32 count
  pipeline_.send(static_cast<std::int32_t>(static_cast<std::uint32_t>(sum)));
}

}  // namespace absim::sim
