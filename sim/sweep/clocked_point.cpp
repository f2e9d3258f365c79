// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/clocked_point.hpp"

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/inference/inference.hpp"
#include "sim/core/mismatch.hpp"
#include "sim/schedule/network_timing.hpp"
#include "sim/system/run_network.hpp"
#ifdef ABSIM_WITH_RTL
#include "sim/cosim/verilated_core.hpp"
#endif

namespace absim::sim {
namespace {

/// Which image of which point, for messages.
struct Place {
  const PointConfig& point;
  std::size_t image;
  [[nodiscard]] std::string of(const std::string& layer) const {
    return fmt::format("{} (point {}, truncation {}, image {})", layer, point.index,
                       point.truncation, image);
  }
};

CycleFidelity cycle_fidelity(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::kFast: break;
    case Fidelity::kSystemC: return CycleFidelity::kSystemC;
    case Fidelity::kRtl: return CycleFidelity::kRtl;
    case Fidelity::kLockstep: return CycleFidelity::kLockstep;
  }
  throw InvariantError("fidelity without a clocked core");
}

CoreFactory rtl_factory(const PointConfig& point) {
#ifdef ABSIM_WITH_RTL
  (void)point;
  return make_verilated_core;
#else
  if (point.fidelity == Fidelity::kSystemC) return {};
  throw ConfigError(fmt::format("fidelity: found {}; allowed: fast, systemc (absim was built "
                                "without Verilator)", fidelity_name(point.fidelity)));
#endif
}

/// The first element that differs, as the clocked core's output.
void compare_tensor(const Place& place, const std::string& layer, std::uint64_t cycle,
                    const std::string& name, const models::MapShape& shape,
                    const models::IntMap& expected, const models::IntMap& found) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i < found.size() && found[i] == expected[i]) continue;
    const std::size_t pixel = i / shape.channels;
    throw MismatchError(place.of(layer), cycle,
                        fmt::format("{}[y={}][x={}][c={}]", name, pixel / shape.width,
                                    pixel % shape.width, i % shape.channels),
                        std::to_string(expected[i]),
                        i < found.size() ? std::to_string(found[i]) : "nothing");
  }
}

/// Compares every tensor that a layer makes; returns the number of elements.
std::uint64_t compare_values(const Place& place, const models::QuantizedNetwork& network,
                             const models::TensorMap& expected, const NetworkRun& run) {
  std::uint64_t elements = 0;
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    const models::Layer& layer = network.graph.layers[i];
    for (const std::string& name : {layer.name, layer.name + ".act"}) {
      const auto wanted = expected.find(name);
      if (wanted == expected.end()) continue;
      const auto found = run.tensors.find(name);
      compare_tensor(place, layer.name, run.layers[i].cycles, name, layer.out, wanted->second,
                     found == run.tensors.end() ? models::IntMap{} : found->second);
      elements += wanted->second.size();
    }
  }
  return elements;
}

void compare_count(const Place& place, const LayerRun& layer, const char* signal,
                   std::uint64_t expected, std::uint64_t found) {
  if (expected == found) return;
  throw MismatchError(place.of(layer.layer), layer.cycles, signal, std::to_string(expected),
                      std::to_string(found));
}

void compare_timing(const Place& place, const NetworkTiming& timing, const NetworkRun& run) {
  for (std::size_t i = 0; i < timing.layers.size(); ++i) {
    const LayerTiming& expected = timing.layers[i];
    const LayerRun& found = run.layers[i];
    compare_count(place, found, "cycles of the layer", expected.cycles, found.cycles);
    compare_count(place, found, "compute cycles", expected.compute_cycles, found.compute_cycles);
    compare_count(place, found, "DRAM bytes read", expected.events.dram_read_bytes,
                  found.events.dram_read_bytes);
    compare_count(place, found, "DRAM bytes written", expected.events.dram_write_bytes,
                  found.events.dram_write_bytes);
    // The RTL core does not count; the pooling unit beside it does.
    const bool counted = place.point.fidelity != Fidelity::kRtl || expected.events.pool_cycles > 0;
    if (counted && !(expected.events == found.events)) {
      throw MismatchError(place.of(found.layer), found.cycles, "event counters",
                          "those of the fast model", "others");
    }
  }
}

NetworkRun run_image(const Place& place, const NetworkSimulator& simulator,
                     Span<const std::uint8_t> pixels) {
  try {
    return simulator.run(pixels);
  } catch (const MismatchError& error) {  // lock-step: knows the layer, not the point
    throw MismatchError(place.of(error.layer()), error.cycle(), error.signal(), error.expected(),
                        error.found());
  }
}

}  // namespace

ClockedCheck check_clocked(const PointConfig& point, const models::QuantizedNetwork& network,
                           const models::ImageSet& images) {
  ClockedCheck check;
  const NetworkTiming timing =
      time_network(network, plan_network(network, point.truncation, point.arch), point.arch);
  const models::FastInference inference(network, point.truncation);
  const NetworkSimulator simulator(network, point.truncation, point.arch,
                                   cycle_fidelity(point.fidelity), rtl_factory(point));
  for (std::size_t image = 0; image < point.cosim_images; ++image) {
    const Place place{point, image};
    const Span<const std::uint8_t> pixels(images.pixels.data() + image * images.image_bytes(),
                                          images.image_bytes());
    const NetworkRun run = run_image(place, simulator, pixels);
    check.values += compare_values(place, network, inference.tensors(pixels), run);
    compare_timing(place, timing, run);
    check.cycles += run.cycles();
  }
  return check;
}

}  // namespace absim::sim
