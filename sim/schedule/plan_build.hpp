// SPDX-License-Identifier: Apache-2.0
// From a choice (strip height, groups a job, loop order) to jobs and transfers.
#pragma once

#include <cstdint>

#include "models/network/dump.hpp"
#include "sim/schedule/geometry.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::sim {

/// What the planner decides for a layer.
struct PlanChoice {
  std::size_t strip_rows = 1;  ///< output rows of a strip; the last one may be lower
  std::size_t job_groups = 1;  ///< column groups of a job; the last range may be smaller
  bool channels_outer = false;
  bool streamed = false;  ///< weights in segments, anew for every tile; one group a job
  std::uint64_t segment_words = 0;
};

/// Facts of the layer that its tensors decide.
struct TensorFacts {
  bool act_signed = false;
  std::uint64_t residual_bytes = 0;  ///< an element's; 0 where there is no residual
  models::MapShape residual_shape;
  std::uint64_t out_bytes = 0;  ///< an output pixel's channel's, second output included
  OutKind out_kind = OutKind::kU8;
};
TensorFacts tensor_facts(const models::QuantizedNetwork& network, std::size_t layer);

LayerPlan build_plan(const models::QuantizedNetwork& network, std::size_t layer,
                     const LayerGeometry& geometry, const TensorFacts& facts,
                     const PlanChoice& choice);

/// Bytes that cross the DRAM channel in a plan.
std::uint64_t traffic_bytes(const LayerPlan& plan);

/// The job's transfers: bytes and words of each load and of the store.
Transfer act_load(const LayerGeometry& geometry, const Strip& strip, std::size_t job);
Transfer weight_load(const LayerGeometry& geometry, std::uint64_t words, std::size_t job);
Transfer param_load(const LayerGeometry& geometry, const ChannelRange& range, std::size_t job);
Transfer residual_load(const LayerGeometry& geometry, const TensorFacts& facts, const Strip& strip,
                       const ChannelRange& range, std::size_t job);
Transfer out_store(const LayerGeometry& geometry, const TensorFacts& facts, const Strip& strip,
                   const ChannelRange& range, std::size_t job);

}  // namespace absim::sim
