// SPDX-License-Identifier: Apache-2.0
// The numbers that turn counted events into energy, each with its origin (configs/tech/*.yaml,
// docs/energy.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/formats/posit.hpp"

namespace absim::sim {

/// A number and where it is from. A table with a number that lacks any of it is refused.
struct SourcedNumber {
  double value = 0.0;
  std::string unit;
  std::string source;   ///< publication or tool, with version
  std::string node;     ///< `45 nm`
  std::string voltage;  ///< `0.9 V`; `not stated` only for posit MACs
  std::string method;   ///< read from a table, simulated, composed of ...
};

/// One memory macro with one read-write port, at one size.
struct SramRow {
  std::uint64_t capacity_bytes = 0;
  std::uint64_t word_bits = 0;
  SourcedNumber read;     ///< pJ an access of the whole word
  SourcedNumber write;    ///< pJ an access of the whole word
  SourcedNumber leakage;  ///< mW, the whole macro
};

/// A published MAC unit. Posit sources give power and clock of whole units, at a node of their own.
struct PositMac {
  models::PositFormat format;
  SourcedNumber number;  ///< pJ a MAC
  std::string status;    ///< `found`: read in the source; `recalled`: from memory, unverified
};

/// MAC units of one publication, comparable with each other.
struct PositMacSet {
  std::string name;
  std::optional<PositMac> fp32;  ///< the set's own yardstick; its `format` means nothing
  std::vector<PositMac> macs;    ///< each format once
  [[nodiscard]] const PositMac* find(models::PositFormat format) const;  ///< or null
};

struct TechTable {
  std::string name;
  SourcedNumber pe_lane_bit;    ///< pJ a lane a cycle: one activation under one weight bit
  SourcedNumber pe_accumulate;  ///< pJ a PE a cycle: shift and accumulate
  std::optional<SourcedNumber> pe_dfp_lane;  ///< pJ a lane a cycle: one product of 8-bit integers
  std::optional<SourcedNumber> pe_leakage;   ///< mW a PE; absent = logic leakage is not modelled
  SourcedNumber postproc_element;           ///< pJ an output element
  std::optional<SourcedNumber> postproc_dfp_element;  ///< the same after a dfp PE
  std::optional<SourcedNumber> pool_op;    ///< pJ a channel of a window's pixel: one add or compare
  std::optional<SourcedNumber> pool_mean;  ///< pJ a channel of an output pixel of a mean
  std::vector<PositMacSet> posit_mac_sets;
  std::string posit_mac;  ///< name of the set that holds where a sweep chooses none; empty without sets
  std::uint64_t dram_word_bits = 64;
  SourcedNumber dram_low;     ///< pJ a DRAM word, both ends of the published range;
  SourcedNumber dram_high;    ///< the model takes their geometric mean
  std::vector<SramRow> sram;  ///< every capacity with every word width, rising, capacity outermost

  /// Every number in the table, in the order of the file.
  [[nodiscard]] std::vector<const SourcedNumber*> numbers() const;
  [[nodiscard]] const PositMacSet* posit_mac_set(const std::string& set) const;  ///< or null
  [[nodiscard]] std::vector<std::string> posit_mac_names() const;
};

/// Reads and checks a table: known keys only, every number with unit, source, node, voltage and
/// method (posit MACs: status as well), none negative, infinite or NaN. Throws ConfigError `file:line:column: key: found;
/// allowed`.
TechTable read_tech(const std::string& path);

}  // namespace absim::sim
