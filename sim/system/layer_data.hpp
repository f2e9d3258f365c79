// SPDX-License-Identifier: Apache-2.0
// What the DMA's transfers carry for one planned layer: every stream word from the tensors and
// parameters, and the way of an output beat back into its tensors. Orders and padding:
// docs/timing.md §2.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/core/core_ports.hpp"
#include "sim/schedule/plan.hpp"
#include "sim/system/tensor_store.hpp"

namespace absim::sim {

/// Immutable, independent of the image; keeps references to the network. Of a pooling layer only
/// plan and layer: its streams are in pool_data.hpp.
class LayerData {
 public:
  LayerData(const models::QuantizedNetwork& network, LayerPlan plan, const ArchConfig& arch);

  [[nodiscard]] const LayerPlan& plan() const { return plan_; }
  [[nodiscard]] const models::Layer& layer() const { return layer_; }

  struct BankAddress {
    std::uint32_t bank = 0;
    std::uint32_t address = 0;
  };
  /// Word `index` of an act transfer: `lanes` codes of act_bytes, zero beyond the channels.
  BankAddress act_word(const Job& job, std::uint64_t index, const Tensor& input,
                       std::uint8_t* word) const;
  /// Word `index` of a weight transfer, as on the port.
  [[nodiscard]] const std::uint64_t* weight_word(const Transfer& transfer,
                                                 std::uint64_t index) const;
  void param_word(const Job& job, std::uint64_t index, ChannelParams* word) const;
  void residual_word(const Job& job, std::uint64_t index, const Tensor& residual,
                     std::int16_t* word) const;
  /// Writes beat `index` of a job into its tensors; `activation` is null without a second output.
  void store_word(const Job& job, std::uint64_t index, const OutElement* word, Tensor& output,
                  Tensor* activation) const;

  /// Beats of a job: words of its store and of its residual.
  [[nodiscard]] std::uint64_t beats(const Job& job) const;
  /// Param words of a job.
  [[nodiscard]] std::uint64_t param_words(const Job& job) const;
  /// Weight words of a tile in order of use; with `resident`, as held (once for a shared kernel).
  [[nodiscard]] std::uint64_t tile_words(bool resident) const;

 private:
  /// Where a beat lies: output pixel, first channel, and channels that exist.
  struct Beat {
    std::size_t y = 0;
    std::size_t x = 0;
    std::size_t channel = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] Beat locate(const Job& job, std::uint64_t index) const;
  /// Weight words of a step over all planes.
  [[nodiscard]] unsigned planes() const {
    return is_bit_serial(arch_.pe) ? plan_.truncation : 1U;
  }
  void pack_weights();
  void pack_word(std::size_t group, unsigned plane, std::size_t position, std::size_t chunk,
                 std::uint64_t* word) const;

  const models::QuantizedNetwork& network_;
  const models::Layer& layer_;
  const models::LayerValues& values_;
  const models::PostprocParams* params_;  // null in a pooling layer
  LayerPlan plan_;
  ArchConfig arch_;
  std::size_t chunks_;
  std::size_t positions_;               // kernel positions with weights of their own
  std::size_t word_fields_;             // std::uint64_t of a weight word
  std::vector<std::uint64_t> weights_;  // [column group of the layer][order of use, resident]
};

}  // namespace absim::sim
