// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/verilated_core.hpp"

#include <absim_rtl_shapes.hpp>

#include <cstring>

#include "models/core/error.hpp"
#include "sim/cosim/job_bits.hpp"
#include "sim/cosim/verilated_block.hpp"
#include "sim/cosim/verilated_port.hpp"

namespace absim::sim {
namespace {

constexpr std::size_t index_of(Buffer buffer) { return static_cast<std::size_t>(buffer); }

template <typename Model>
class VerilatedCore final : public Core {
 public:
  explicit VerilatedCore(const ArchConfig& arch)
      : act_bytes_(arch.act_word_bytes()),
        weight_bytes_((arch.weight_word_bits() + 7) / 8),
        postproc_lanes_(arch.postproc_lanes),
        params_(2 * std::size_t{arch.postproc_lanes}),
        values_(arch.postproc_lanes),
        activations_(arch.postproc_lanes) {
    outputs_.out_word.resize(postproc_lanes_);
    VerilatedCore::reset();
  }

  void reset() override {
    drive(CoreInputs());
    job_held_ = nullptr;
    model_.reset();
    sample();
  }

  [[nodiscard]] const CoreOutputs& outputs() const override { return outputs_; }

  void tick(const CoreInputs& inputs) override {
    drive(inputs);
    model_.tick();
    sample();
  }

 private:
  void drive(const CoreInputs& in) {
    Model& m = *model_;
    drive_job(in);
    m.act_valid_i = in.act_fill.valid;
    if (in.act_fill.valid) {
      m.act_last_i = in.act_fill.last;
      m.act_bank_i = static_cast<CData>(in.act_bank);
      m.act_addr_i = in.act_address;
      store_port(m.act_data_i, in.act_word, act_bytes_);
    }
    m.weight_valid_i = in.weight_fill.valid;
    if (in.weight_fill.valid) {
      m.weight_last_i = in.weight_fill.last;
      store_port(m.weight_data_i, in.weight_word, weight_bytes_);
    }
    m.param_valid_i = in.param_fill.valid;
    if (in.param_fill.valid) {
      m.param_last_i = in.param_fill.last;
      drive_params(in.param_word);
    }
    m.residual_valid_i = in.residual_fill.valid;
    if (in.residual_fill.valid) {
      m.residual_last_i = in.residual_fill.last;
      store_port(m.residual_data_i, in.residual_word, 2 * postproc_lanes_);
    }
    m.out_ready_i = in.out_ready;
  }

  // A descriptor that waits for job_ready is packed once: it must not change while it waits.
  void drive_job(const CoreInputs& in) {
    model_->job_valid_i = in.job_valid;
    if (!in.job_valid) {
      job_held_ = nullptr;
      return;
    }
    if (in.job != job_held_) {
      const JobBits bits = pack_job(*in.job);
      store_port(model_->job_i, bits.data(), sizeof bits);
    }
    job_held_ = outputs_.job_ready ? nullptr : in.job;
  }

  // A channel's parameters are two words: multiplier, offset << 16.
  void drive_params(const ChannelParams* word) {
    for (std::size_t i = 0; i < postproc_lanes_; ++i) {
      params_[2 * i] = static_cast<std::uint16_t>(word[i].multiplier) |
                       static_cast<std::uint64_t>(word[i].offset) << 16;
      params_[2 * i + 1] = static_cast<std::uint16_t>(word[i].act_multiplier) |
                           static_cast<std::uint64_t>(word[i].act_offset) << 16;
    }
    store_port(model_->param_data_i, params_.data(), 16 * postproc_lanes_);
  }

  void sample() {
    const Model& m = *model_;
    outputs_.job_ready = m.job_ready_o != 0;
    outputs_.fill_ready[index_of(Buffer::kAct)] = m.act_ready_o != 0;
    outputs_.fill_ready[index_of(Buffer::kWeight)] = m.weight_ready_o != 0;
    outputs_.fill_ready[index_of(Buffer::kParam)] = m.param_ready_o != 0;
    outputs_.fill_ready[index_of(Buffer::kResidual)] = m.residual_ready_o != 0;
    outputs_.credit[index_of(Buffer::kAct)] = m.act_credit_o != 0;
    outputs_.credit[index_of(Buffer::kWeight)] = m.weight_credit_o != 0;
    outputs_.credit[index_of(Buffer::kParam)] = m.param_credit_o != 0;
    outputs_.credit[index_of(Buffer::kResidual)] = m.residual_credit_o != 0;
    outputs_.out_filled = m.out_filled_o != 0;
    outputs_.out_valid = m.out_valid_o != 0;
    outputs_.array_active = m.array_active_o != 0;
    outputs_.out_last = outputs_.out_valid && m.out_last_o != 0;
    if (!outputs_.out_valid) return;
    load_port(m.out_value_o, values_.data(), 4 * postproc_lanes_);
    load_port(m.out_activation_o, activations_.data(), postproc_lanes_);
    for (std::size_t i = 0; i < postproc_lanes_; ++i) {
      outputs_.out_word[i] = {values_[i], activations_[i]};
    }
  }

  std::size_t act_bytes_;
  std::size_t weight_bytes_;
  std::size_t postproc_lanes_;
  std::vector<std::uint64_t> params_;
  std::vector<std::int32_t> values_;
  std::vector<std::uint8_t> activations_;
  const JobDescriptor* job_held_ = nullptr;
  CoreOutputs outputs_;
  VerilatedBlock<Model> model_{"core"};
};

struct Shape {
  unsigned rows;
  unsigned cols;
  unsigned lanes;
  unsigned act_banks;
  unsigned postproc_lanes;
  PeKind pe;
  unsigned posit_bits;
  unsigned posit_es;
  std::unique_ptr<Core> (*make)(const ArchConfig&);
};

template <typename Model>
std::unique_ptr<Core> make(const ArchConfig& arch) {
  return std::make_unique<VerilatedCore<Model>>(arch);
}

#define ABSIM_SHAPE(model, rows, cols, lanes, banks, post, kind, n, es) \
  Shape{rows, cols, lanes, banks, post, PeKind::kind, n, es, &make<model>},
constexpr Shape kShapes[] = {ABSIM_RTL_SHAPES(ABSIM_SHAPE)};
#undef ABSIM_SHAPE

/// Nothing for the plainest kind.
std::string pe_text(const ArchConfig& a) {
  if (a.pe == PeKind::kAbs) return "";
  if (a.pe == PeKind::kDfp) return ", pe dfp";
  return ", pe posit, posit_bits " + std::to_string(a.posit_bits) + ", posit_es " +
         std::to_string(a.posit_es);
}

bool same_pe(const ArchConfig& arch, const Shape& shape) {
  if (arch.pe != shape.pe) return false;
  return arch.pe != PeKind::kPosit ||
         (arch.posit_bits == shape.posit_bits && arch.posit_es == shape.posit_es);
}

std::string describe(const ArchConfig& a) {
  return std::to_string(a.rows) + "x" + std::to_string(a.cols) + "x" + std::to_string(a.lanes) +
         " (act_banks " + std::to_string(a.act_banks) + ", postproc_lanes " +
         std::to_string(a.postproc_lanes) + pe_text(a) + ")";
}

void check_buffer(const char* key, std::uint64_t bytes) {
  if (bytes <= kAbsimRtlBufferBytes) return;
  throw ConfigError(std::string("arch.") + key + ": found " + std::to_string(bytes) +
                    " bytes; the RTL's buffers hold at most " +
                    std::to_string(kAbsimRtlBufferBytes) +
                    " (ABSIM_RTL_BUFFER_BYTES in rtl/shapes.cmake)");
}

}  // namespace

std::vector<ArchConfig> verilated_core_archs() {
  std::vector<ArchConfig> archs;
  for (const Shape& s : kShapes) {
    ArchConfig arch;
    arch.rows = s.rows;
    arch.cols = s.cols;
    arch.lanes = s.lanes;
    arch.act_banks = s.act_banks;
    arch.postproc_lanes = s.postproc_lanes;
    arch.pe = s.pe;
    arch.posit_bits = s.posit_bits;
    arch.posit_es = s.posit_es;
    arch.name = describe(arch);
    archs.push_back(arch);
  }
  return archs;
}

std::unique_ptr<Core> make_verilated_core(const ArchConfig& arch) {
  check_buffer("act_buffer_bytes", arch.act_buffer_bytes);
  check_buffer("weight_buffer_bytes", arch.weight_buffer_bytes);
  check_buffer("param_buffer_bytes", arch.param_buffer_bytes);
  check_buffer("residual_buffer_bytes", arch.residual_buffer_bytes);
  check_buffer("out_buffer_bytes", arch.out_buffer_bytes);
  for (const Shape& s : kShapes) {
    if (s.rows == arch.rows && s.cols == arch.cols && s.lanes == arch.lanes &&
        s.act_banks == arch.act_banks && s.postproc_lanes == arch.postproc_lanes &&
        same_pe(arch, s)) {
      return s.make(arch);
    }
  }
  std::string built;
  for (const ArchConfig& other : verilated_core_archs()) {
    built += (built.empty() ? "" : ", ") + other.name;
  }
  throw ConfigError("arch " + arch.name + ": no Verilated core of the shape " + describe(arch) +
                    "; built are " + built +
                    "; to add one, add a line to rtl/shapes.cmake and build again");
}

}  // namespace absim::sim
