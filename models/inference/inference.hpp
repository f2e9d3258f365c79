// SPDX-License-Identifier: Apache-2.0
// Exact integer inference of a quantised network, twice: `reference`, plain loops that are obviously
// right, and `fast`, vectorised and multi-threaded. Every tensor is bit-identical in both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/core/span.hpp"
#include "models/network/dump.hpp"
#include "models/network/image_set.hpp"

namespace absim::models {

/// A tensor of one image, any ElementType, widened: [height][width][channels].
using IntMap = std::vector<std::int32_t>;

/// All tensors of one image by name (`input`, every layer, every `<layer>.act`).
using TensorMap = std::map<std::string, IntMap>;

/// Input codes of one image (u8 NHWC pixels) as signed 8-bit codes.
IntMap input_map(const QuantizedNetwork& network, Span<const std::uint8_t> pixels);

/// Plain loops; planes are walked MSB first as the hardware does: S_n = 2 S_(n-1) + plane sum.
TensorMap infer_reference(const QuantizedNetwork& network, unsigned truncation,
                          Span<const std::uint8_t> pixels);

/// Vector instruction sets of `fast`; every one gives the same bits.
enum class SimdLevel { kPortable, kAvx2, kAvx512Vnni };
SimdLevel best_simd_level();  ///< of this machine
const char* simd_name(SimdLevel level);

/// Weights prepared for one network at one truncation length; immutable, so threads may share it.
class FastInference {
 public:
  FastInference(const QuantizedNetwork& network, unsigned truncation,
                SimdLevel level = best_simd_level());
  ~FastInference();
  FastInference(FastInference&&) noexcept;
  FastInference& operator=(FastInference&&) noexcept;

  /// Logits of `count` images (u8 NHWC, back to back): [count][classes]. Single-threaded.
  [[nodiscard]] std::vector<std::int32_t> logits(Span<const std::uint8_t> pixels,
                                                 std::size_t count) const;
  /// Every tensor of one image, for comparison with the reference and for the cycle model.
  [[nodiscard]] TensorMap tensors(Span<const std::uint8_t> pixels) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Accuracy {
  std::size_t images = 0;
  std::size_t top1 = 0;  ///< images whose label has the highest logit; ties go to the lower class
  std::size_t top5 = 0;
};

/// True where fewer than k classes beat `label`: a higher logit, or an equal one of a lower class.
bool in_top_k(Span<const std::int32_t> logits, std::size_t label, std::size_t k);

/// Runs all images on `threads` threads (0: all cores). The result does not depend on `threads`.
Accuracy evaluate(const FastInference& inference, const ImageSet& images, std::size_t classes,
                  unsigned threads, const std::function<void(std::size_t done)>& progress = {});

}  // namespace absim::models
