// SPDX-License-Identifier: Apache-2.0
// Scalar emulation of the AVX-512 VNNI wrapper.
#include "tests/models/emulated_vnni.hpp"

#include "models/inference/kernels/conv_loop.hpp"
#if defined(__AVX2__)
#include "models/inference/kernels/finish_avx2.hpp"
#endif

namespace absim::test {
namespace {

using namespace models;

/// After the definition of VPDPBUSD in Intel's Software Developer's Manual, volume 2: four products
/// of unsigned and signed bytes and the old value are added without saturation.
struct Emulated {
  using Act = std::uint8_t;
  using Weight = std::int8_t;
  static constexpr int kGroup = 4;
  static constexpr int kLanes = 16;
  static constexpr int kPixels = 8;
  static constexpr int kVectors = 2;
  struct Acc {
    std::uint32_t lane[kLanes];
  };
  using Weights = const Weight*;
  using Acts = const Act*;

  static Acc zero() { return Acc{}; }
  static Weights load(const Weight* w) { return w; }
  static Acts broadcast(const Act* a) { return a; }
  static Acc dot(Acc acc, Acts a, Weights w) {
    for (int lane = 0; lane < kLanes; ++lane) {
      for (int g = 0; g < kGroup; ++g) {
        acc.lane[lane] += static_cast<std::uint32_t>(a[g] * w[lane * kGroup + g]);
      }
    }
    return acc;
  }
  static void store(std::int32_t* to, const Acc& acc) {
    for (int lane = 0; lane < kLanes; ++lane) to[lane] = static_cast<std::int32_t>(acc.lane[lane]);
  }
  static std::int32_t sum(const Act* a, std::size_t count) {
    std::int32_t total = 0;
    for (std::size_t i = 0; i < count; ++i) total += a[i];
    return total;
  }
  template <int kCount>
  static void finish(const fast::ConvTask& task, const std::int32_t* pixel, int pixels,
                     std::size_t channel, const std::int32_t* dots) {
    fast::finish_pixels_plain<Emulated, kCount>(task, pixel, pixels, channel, dots);
  }
};

template <class Isa>
constexpr fast::KernelTable byte_table() {
  fast::KernelTable table = fast::make_table<Isa>();
  table.window_sums = fast::window_sums<Isa>;
  return table;
}

constexpr fast::KernelTable kPlain = byte_table<Emulated>();

#if defined(__AVX2__)
struct EmulatedAvx2 : Emulated {
  static std::int32_t sum(const Act* a, std::size_t count) {
    return fast::sum_bytes<EmulatedAvx2>(a, count);
  }
  template <int kCount>
  static void finish(const fast::ConvTask& task, const std::int32_t* pixel, int pixels,
                     std::size_t channel, const std::int32_t* dots) {
    fast::finish_pixels_avx2<EmulatedAvx2, kCount>(task, pixel, pixels, channel, dots);
  }
};

constexpr fast::KernelTable kWithAvx2 = byte_table<EmulatedAvx2>();
#endif

}  // namespace

const fast::KernelTable* emulated_vnni_kernels() { return &kPlain; }

const fast::KernelTable* emulated_vnni_avx2_kernels() {
#if defined(__AVX2__)
  return &kWithAvx2;
#else
  return nullptr;
#endif
}

}  // namespace absim::test
