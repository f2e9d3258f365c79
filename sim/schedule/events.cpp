// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/plan.hpp"

#include <array>

namespace absim::sim {
namespace {

constexpr std::array kFields = {
    &Events::array_cycles,         &Events::pe_bit_macs,         &Events::act_read_bytes,
    &Events::act_write_bytes,      &Events::weight_read_bits,    &Events::weight_write_bits,
    &Events::param_read_bytes,     &Events::param_write_bytes,   &Events::residual_read_bytes,
    &Events::residual_write_bytes, &Events::out_write_bytes,     &Events::out_read_bytes,
    &Events::postproc_ops,         &Events::pool_cycles,         &Events::pool_ops,
    &Events::pool_means,           &Events::pool_in_read_bytes,  &Events::pool_in_write_bytes,
    &Events::pool_out_write_bytes, &Events::pool_out_read_bytes, &Events::dram_read_bytes,
    &Events::dram_write_bytes};
static_assert(kFields.size() * sizeof(std::uint64_t) == sizeof(Events), "every field is listed");

}  // namespace

Events& operator+=(Events& a, const Events& b) {
  for (const auto field : kFields) a.*field += b.*field;
  return a;
}

StallCycles& operator+=(StallCycles& a, const StallCycles& b) {
  a.start += b.start;
  a.bank_conflict += b.bank_conflict;
  a.walker += b.walker;
  a.act_wait += b.act_wait;
  a.weight_wait += b.weight_wait;
  a.drain += b.drain;
  a.residual_wait += b.residual_wait;
  a.store_wait += b.store_wait;
  a.end += b.end;
  return a;
}

bool operator==(const Events& a, const Events& b) {
  for (const auto field : kFields) {
    if (a.*field != b.*field) return false;
  }
  return true;
}

void add_dram_bytes(const std::vector<Transfer>& transfers, Events& events) {
  for (const Transfer& t : transfers) {
    (t.buffer == Buffer::kOut ? events.dram_write_bytes : events.dram_read_bytes) += t.bytes;
  }
}

}  // namespace absim::sim
