// SPDX-License-Identifier: Apache-2.0
// Reads and checks an accelerator's configuration.
#include "sim/core/arch_config.hpp"

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "sim/core/arch_keys.hpp"

namespace absim::sim {
namespace {

using Key = ConfigKey<ArchConfig>;

constexpr unsigned kMaxQuireBits = 128;  // of the array's accumulators
constexpr std::uint64_t kMaxBufferBytes = std::uint64_t{1} << 30;

template <typename Field>
Key integer(const char* name, const char* unit, std::uint64_t min, std::uint64_t max, Field field) {
  Key key;
  key.name = name;
  key.type = "integer";
  key.unit = unit;
  key.range = fmt::format("{}..{}", min, max);
  key.read = [=](ArchConfig& arch, const models::YamlValue& value) {
    auto& target = field(arch);
    target = static_cast<std::decay_t<decltype(target)>>(value.as_uint(min, max));
  };
  key.show = [=](const ArchConfig& arch) {
    ArchConfig copy = arch;
    return ConfigValue(static_cast<std::uint64_t>(field(copy)));
  };
  return key;
}

Key buffer(const char* name, std::uint64_t ArchConfig::*member) {
  return integer(name, "byte", 1, kMaxBufferBytes,
                 [member](ArchConfig& arch) -> std::uint64_t& { return arch.*member; });
}

Key size(const char* name, const char* unit, unsigned ArchConfig::*member) {
  return integer(name, unit, 1, 255,
                 [member](ArchConfig& arch) -> unsigned& { return arch.*member; });
}

Key name_key() {
  Key key{"name", "text", "-", "one line", true, {}, {}};
  key.read = [](ArchConfig& arch, const models::YamlValue& value) { arch.name = value.as_text(); };
  key.show = [](const ArchConfig& arch) { return ConfigValue(arch.name); };
  return key;
}

Key pe_key() {
  Key key{"pe", "choice", "-", "abs, dfp, posit", false, {}, {}};
  key.read = [](ArchConfig& arch, const models::YamlValue& value) {
    arch.pe = static_cast<PeKind>(value.as_choice(
        {pe_name(PeKind::kAbs), pe_name(PeKind::kDfp), pe_name(PeKind::kPosit)}));
  };
  key.show = [](const ArchConfig& arch) { return ConfigValue(std::string(pe_name(arch.pe))); };
  return key;
}

Key plane_order_key() {
  Key key{"plane_order", "choice", "-", "progressive, stationary", false, {}, {}};
  key.read = [](ArchConfig& arch, const models::YamlValue& value) {
    arch.plane_order = static_cast<PlaneOrder>(value.as_choice(
        {plane_order_name(PlaneOrder::kProgressive), plane_order_name(PlaneOrder::kStationary)}));
  };
  key.show = [](const ArchConfig& arch) {
    return ConfigValue(std::string(plane_order_name(arch.plane_order)));
  };
  return key;
}

Key clock_key() {
  Key key{"clock_mhz", "number", "MHz", "0.001..100000", false, {}, {}};
  key.read = [](ArchConfig& arch, const models::YamlValue& value) {
    arch.clock_mhz = value.as_number(0.001, 100000.0);
  };
  key.show = [](const ArchConfig& arch) { return ConfigValue(arch.clock_mhz); };
  return key;
}

/// The rules between keys. `where(key)` begins a message.
class Rules {
 public:
  Rules(const ArchConfig& arch, const Settings& settings, const std::string& prefix,
        const std::string& file)
      : arch_(arch), settings_(settings), prefix_(prefix), file_(file) {}

  void check() const {
    if (arch_.postproc_lanes > arch_.cols) {
      fail("postproc_lanes", std::to_string(arch_.postproc_lanes),
           fmt::format("at most cols = {}", arch_.cols));
    }
    const ArchConfig& a = arch_;
    if (a.pe == PeKind::kPosit && a.accumulator_bits() > kMaxQuireBits) {
      fail("posit_bits", fmt::format("{} with posit_es {}", a.posit_bits, a.posit_es),
           fmt::format("formats whose quire, 4 (posit_bits - 2) 2^posit_es + 16 bits, has at most "
                       "{} bits",
                       kMaxQuireBits));
    }
    slot("act_buffer_bytes", a.act_buffer_bytes, a.act_words_per_bank(),
         2 * a.act_word_bytes() * a.act_banks, "2 slots x act_banks x lanes x bytes of a code");
    slot("weight_buffer_bytes", a.weight_buffer_bytes, a.weight_words(),
         2 * ((a.weight_word_bits() + 7) / 8), "2 slots x cols x lanes x bits of a weight / 8");
    slot("param_buffer_bytes", a.param_buffer_bytes, a.param_words(), 2 * 16ULL * a.postproc_lanes,
         "2 slots x 16 x postproc_lanes");
    slot("residual_buffer_bytes", a.residual_buffer_bytes, a.residual_words(),
         2 * 2ULL * a.postproc_lanes, "2 slots x 2 x postproc_lanes");
    slot("out_buffer_bytes", a.out_buffer_bytes, a.out_words(), 2 * 4ULL * a.postproc_lanes,
         "2 slots x 4 x postproc_lanes");
    slot("pool_in_buffer_bytes", a.pool_in_buffer_bytes, a.pool_in_words(),
         2 * a.pool_word_bytes(), "2 slots x 2 x pool_lanes");
    slot("pool_out_buffer_bytes", a.pool_out_buffer_bytes, a.pool_out_words(),
         2 * a.pool_word_bytes(), "2 slots x 2 x pool_lanes");
  }

 private:
  void slot(const std::string& key, std::uint64_t bytes, std::uint64_t words, std::uint64_t least,
            const char* reason) const {
    if (words > 0) return;
    fail(key, std::to_string(bytes),
         fmt::format("at least {} bytes, one word in each slot ({})", least, reason));
  }
  [[noreturn]] void fail(const std::string& key, const std::string& found,
                         const std::string& allowed) const {
    const auto given = settings_.find(prefix_ + key);
    if (given != settings_.end()) {
      given->second.value().fail_rule(fmt::format("found {}; allowed: {}", found, allowed));
    }
    throw ConfigError(fmt::format("{}: {}{}: found {}, the default; allowed: {}", file_, prefix_,
                                  key, found, allowed));
  }

  const ArchConfig& arch_;
  const Settings& settings_;
  const std::string& prefix_;
  const std::string& file_;
};

}  // namespace

const char* plane_order_name(PlaneOrder order) {
  switch (order) {
    case PlaneOrder::kProgressive: return "progressive";
    case PlaneOrder::kStationary: return "stationary";
  }
  throw InvariantError("plane order out of range");
}

const char* pe_name(PeKind pe) {
  switch (pe) {
    case PeKind::kAbs: return "abs";
    case PeKind::kDfp: return "dfp";
    case PeKind::kPosit: return "posit";
  }
  throw InvariantError("PE kind out of range");
}

const std::vector<Key>& arch_keys() {
  static const std::vector<Key> keys = {
      name_key(),
      pe_key(),
      integer("posit_bits", "bit", 3, 16,
              [](ArchConfig& arch) -> unsigned& { return arch.posit_bits; }),
      integer("posit_es", "bit", 0, 2, [](ArchConfig& arch) -> unsigned& { return arch.posit_es; }),
      plane_order_key(),
      size("rows", "output pixel", &ArchConfig::rows),
      size("cols", "output channel", &ArchConfig::cols),
      size("lanes", "input channel", &ArchConfig::lanes),
      size("act_banks", "bank", &ArchConfig::act_banks),
      size("postproc_lanes", "output channel", &ArchConfig::postproc_lanes),
      size("pool_lanes", "channel", &ArchConfig::pool_lanes),
      buffer("act_buffer_bytes", &ArchConfig::act_buffer_bytes),
      buffer("weight_buffer_bytes", &ArchConfig::weight_buffer_bytes),
      buffer("param_buffer_bytes", &ArchConfig::param_buffer_bytes),
      buffer("residual_buffer_bytes", &ArchConfig::residual_buffer_bytes),
      buffer("out_buffer_bytes", &ArchConfig::out_buffer_bytes),
      buffer("pool_in_buffer_bytes", &ArchConfig::pool_in_buffer_bytes),
      buffer("pool_out_buffer_bytes", &ArchConfig::pool_out_buffer_bytes),
      integer("dram.bytes_per_cycle", "byte/cycle", 1, 4096,
              [](ArchConfig& arch) -> unsigned& { return arch.dram.bytes_per_cycle; }),
      integer("dram.latency_cycles", "cycle", 1, 100000,
              [](ArchConfig& arch) -> unsigned& { return arch.dram.latency_cycles; }),
      clock_key(),
  };
  return keys;
}

ArchConfig resolve_arch(const Settings& settings, const std::string& prefix,
                        const std::string& file) {
  ArchConfig arch;
  for (const Key& key : arch_keys()) {
    const auto given = settings.find(prefix + key.name);
    if (given != settings.end()) {
      key.read(arch, given->second.value());
    } else if (key.required) {
      throw ConfigError(fmt::format("{}: {}{}: found no such key; allowed: it is required", file,
                                    prefix, key.name));
    }
  }
  Rules(arch, settings, prefix, file).check();
  return arch;
}

std::vector<Setting> read_arch_settings(const std::string& path, const std::string& prefix) {
  std::vector<std::string> known;
  for (const Key& key : arch_keys()) known.push_back(prefix + key.name);
  std::vector<Setting> settings = flatten(models::read_yaml(path), prefix);
  for (const Setting& setting : settings) check_known(setting, known);
  return settings;
}

ArchConfig read_arch(const std::string& path) {
  Settings settings;
  for (Setting& setting : read_arch_settings(path, "")) settings[setting.key] = std::move(setting);
  return resolve_arch(settings, "", path);
}

}  // namespace absim::sim
