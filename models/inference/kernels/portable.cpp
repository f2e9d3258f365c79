// SPDX-License-Identifier: Apache-2.0
// Plain C++ for any machine: the same loops with arrays for registers.
#include "models/inference/kernels/conv_loop.hpp"
#include "models/inference/kernels/kernel.hpp"
#include "models/inference/kernels/winograd.hpp"

namespace absim::models::fast {
namespace {

struct Portable {
  using Act = std::int16_t;
  using Weight = std::int16_t;
  static constexpr int kGroup = 1;
  static constexpr int kLanes = 8;
  static constexpr int kPixels = 4;
  static constexpr int kVectors = 1;
  struct Acc {
    std::uint32_t lane[kLanes];
  };
  struct Weights {
    std::int16_t lane[kLanes];
  };
  using Acts = std::int16_t;

  static Acc zero() { return Acc{}; }
  static Weights load(const Weight* w) {
    Weights r;
    for (int j = 0; j < kLanes; ++j) r.lane[j] = w[j];
    return r;
  }
  static Acts broadcast(const Act* a) { return *a; }
  static Acc dot(Acc acc, Acts a, const Weights& w) {
    for (int j = 0; j < kLanes; ++j) acc.lane[j] += static_cast<std::uint32_t>(a * w.lane[j]);
    return acc;
  }
  static void store(std::int32_t* to, const Acc& acc) {
    for (int j = 0; j < kLanes; ++j) to[j] = static_cast<std::int32_t>(acc.lane[j]);
  }

  template <int kCount>
  static void finish(const ConvTask& task, const std::int32_t* pixel, int pixels,
                     std::size_t channel, const std::int32_t* dots) {
    finish_pixels_plain<Portable, kCount>(task, pixel, pixels, channel, dots);
  }
};

constexpr std::size_t kStrip = 16;

constexpr KernelTable kTable = [] {
  KernelTable table = make_table<Portable>();
  table.tile_strip = kStrip;
  table.winograd = winograd<Portable, kStrip>;
  return table;
}();

}  // namespace

const KernelTable* portable_kernels() { return &kTable; }

}  // namespace absim::models::fast
