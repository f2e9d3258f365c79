// SPDX-License-Identifier: Apache-2.0
#include "sim/units/core.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace absim::sim {

SystemCCore::SystemCCore(const sc_core::sc_module_name& name, const ArchConfig& arch,
                         PlaneKernel kernel)
    : sc_module(name),
      arch_(arch),
      tile_walker_("tile_walker", arch),
      sequencer_("sequencer", arch),
      act_buffer_("act_buffer", arch),
      weight_buffer_("weight_buffer", arch),
      pe_array_("pe_array", arch, kernel),
      tag_fifo_("tag_fifo"),
      drain_("drain", arch),
      param_buffer_("param_buffer", arch.param_words(), arch.postproc_lanes),
      residual_buffer_("residual_buffer", arch.residual_words(), arch.postproc_lanes),
      postproc_("postproc", arch),
      out_buffer_("out_buffer", arch.out_words(), arch.postproc_lanes) {
  outputs_.out_word.resize(arch.postproc_lanes);
  update_outputs();
}

void SystemCCore::reset() {
  tile_walker_.reset();
  sequencer_.reset();
  act_buffer_.reset();
  weight_buffer_.reset();
  pe_array_.reset();
  tag_fifo_.reset();
  drain_.reset();
  param_buffer_.reset();
  residual_buffer_.reset();
  postproc_.reset();
  out_buffer_.reset();
  worked_ = false;
  residual_beats_ = 0;
  reset_counters();
  update_outputs();
}

SystemCCore::Wires SystemCCore::evaluate(const CoreInputs& inputs) const {
  Wires w;
  w.sends = drain_.sends(param_buffer_.full(), residual_buffer_.full(), out_buffer_.claimable());
  w.job_done = w.sends && drain_.last_of_job();
  w.capture = pe_array_.result_valid() && drain_.ready(w.sends);
  const StepTag& step = act_buffer_.operand().tag;
  w.works = pe_array_.works(act_buffer_.operand_valid(), step, weight_buffer_.full(), w.capture,
                              drain_.holds());
  w.take = w.works && pe_array_.last_cycle(step);
  w.handover = sequencer_.step_valid() && act_buffer_.step_ready(w.take);
  w.load = sequencer_.loads(tile_walker_.valid(), w.handover);
  w.job = inputs.job_valid && sequencer_.job_ready() ? inputs.job : nullptr;
  return w;
}

// Drain, post-processing and the buffers that they use.
void SystemCCore::tick_back(const CoreInputs& inputs, const Wires& wires) {
  out_buffer_.tick(wires.sends && drain_.claims(),
                   postproc_.out_valid() ? postproc_.out_word() : nullptr, postproc_.out_last(),
                   inputs.out_ready);
  const TileTag& tag = drain_.tag();
  const bool residual = wires.sends && tag.has_residual;
  postproc_.tick(tag, wires.sends ? drain_.accumulators() : BeatAccumulators(),
                 wires.sends ? param_buffer_.read(drain_.param_address()) : nullptr,
                 residual ? residual_buffer_.read(drain_.residual_address()) : nullptr,
                 wires.job_done);
  residual_beats_ += residual ? 1U : 0U;
  param_buffer_.tick(inputs.param_fill, inputs.param_word, wires.job_done && tag.param_release);
  residual_buffer_.tick(inputs.residual_fill, inputs.residual_word,
                        wires.job_done && tag.has_residual);
  drain_.tick(wires.sends, wires.capture, tag_fifo_.front(), pe_array_);
}

// Array, fetch and sequencer.
void SystemCCore::tick_front(const CoreInputs& inputs, const Wires& wires) {
  if (wires.load) {
    const TileTag tag = sequencer_.make_tag(tile_walker_.info());
    tag_fifo_.tick(&tag, wires.capture);
  } else {
    tag_fifo_.tick(nullptr, wires.capture);
  }
  const Operand& operand = act_buffer_.operand();
  const bool weights_done = wires.take && operand.tag.releases_weights;
  pe_array_.tick(wires.works, operand,
                 wires.works ? weight_buffer_.read(pe_array_.weight_address(operand.tag)) : WeightWord(),
                 wires.capture);
  weight_buffer_.tick(inputs.weight_fill, inputs.weight_word, weights_done);
  if (wires.handover) sequencer_.write_step(act_buffer_.next_request());
  act_buffer_.tick(inputs.act_fill, inputs.act_bank, inputs.act_address, inputs.act_word,
                   wires.take, wires.handover);
  sequencer_.tick(wires.job, wires.handover, wires.load, tile_walker_.info(), tile_walker_.rows());
  tile_walker_.tick(wires.job, wires.load);
}

void SystemCCore::tick(const CoreInputs& inputs) {
  const Wires wires = evaluate(inputs);
  count_waits(wires);
  tick_back(inputs, wires);
  tick_front(inputs, wires);
  worked_ = wires.works;
  update_outputs();
}

void SystemCCore::update_outputs() {
  outputs_.job_ready = sequencer_.job_ready();
  outputs_.fill_ready = {act_buffer_.fill_ready(), weight_buffer_.ready(), param_buffer_.ready(),
                         residual_buffer_.ready()};
  outputs_.credit = {act_buffer_.credit(), weight_buffer_.credit(), param_buffer_.credit(),
                     residual_buffer_.credit()};
  outputs_.out_filled = out_buffer_.filled();
  outputs_.out_valid = out_buffer_.valid();
  outputs_.out_last = outputs_.out_valid && out_buffer_.last();
  if (outputs_.out_valid) {
    std::copy_n(out_buffer_.word(), arch_.postproc_lanes, outputs_.out_word.begin());
  }
  outputs_.array_active = worked_;
}

void SystemCCore::count_waits(const Wires& wires) {
  const auto add = [](std::uint64_t& counter, bool waits) { counter += waits ? 1U : 0U; };
  const bool gathers = act_buffer_.gathers(wires.take);
  add(waits_.conflict, gathers && !act_buffer_.last_gather());
  add(waits_.capture, pe_array_.result_valid() && !wires.capture);
  add(waits_.walker, !sequencer_.job_ready() && !sequencer_.step_valid());
  add(waits_.act_slot, act_buffer_.request_valid() && !act_buffer_.slot_full());
  add(waits_.weight_slot, act_buffer_.operand_valid() && !weight_buffer_.full());
  if (!drain_.holds() || wires.sends) return;
  add(waits_.param_slot, !param_buffer_.full());
  add(waits_.residual_slot, drain_.tag().has_residual && !residual_buffer_.full());
  add(waits_.out_slot, drain_.claims() && !out_buffer_.claimable());
}

Events SystemCCore::totals() const {
  const std::uint64_t lanes = arch_.postproc_lanes;
  Events e;
  e.array_cycles = pe_array_.array_cycles();
  e.pe_bit_macs = pe_array_.bit_macs();
  e.act_read_bytes = act_buffer_.words_read() * arch_.act_word_bytes();
  e.act_write_bytes = act_buffer_.words_written() * arch_.act_word_bytes();
  e.weight_read_bits = pe_array_.array_cycles() * arch_.weight_word_bits();
  e.weight_write_bits = weight_buffer_.words_written() * arch_.weight_word_bits();
  e.param_read_bytes = drain_.beats() * lanes * 16;
  e.param_write_bytes = param_buffer_.words_written() * lanes * 16;
  e.residual_read_bytes = residual_beats_ * lanes * 2;
  e.residual_write_bytes = residual_buffer_.words_written() * lanes * 2;
  e.out_write_bytes = out_buffer_.words_written() * lanes * 4;
  e.out_read_bytes = out_buffer_.words_read() * lanes * 4;
  e.postproc_ops = drain_.elements_sent();
  return e;
}

Events SystemCCore::events() const {
  Events e = totals();
  e.array_cycles -= base_.array_cycles;
  e.pe_bit_macs -= base_.pe_bit_macs;
  e.act_read_bytes -= base_.act_read_bytes;
  e.act_write_bytes -= base_.act_write_bytes;
  e.weight_read_bits -= base_.weight_read_bits;
  e.weight_write_bits -= base_.weight_write_bits;
  e.param_read_bytes -= base_.param_read_bytes;
  e.param_write_bytes -= base_.param_write_bytes;
  e.residual_read_bytes -= base_.residual_read_bytes;
  e.residual_write_bytes -= base_.residual_write_bytes;
  e.out_write_bytes -= base_.out_write_bytes;
  e.out_read_bytes -= base_.out_read_bytes;
  e.postproc_ops -= base_.postproc_ops;
  return e;
}

void SystemCCore::reset_counters() {
  base_ = totals();
  waits_ = CoreWaits();
}

std::string SystemCCore::describe() const {
  const Wires w = evaluate(CoreInputs());
  return fmt::format(
      "sequencer {} step {} walker {} | request {} operand {} act slot {} weight slot {} | result "
      "{} drain {} param slot {} residual slot {} out claimable {} out full {} | works {} capture "
      "{} sends {}",
      sequencer_.job_ready() ? "idle" : "busy", sequencer_.step_valid(), tile_walker_.valid(),
      act_buffer_.request_valid(), act_buffer_.operand_valid(), act_buffer_.slot_full(),
      weight_buffer_.full(), pe_array_.result_valid(), drain_.holds(), param_buffer_.full(),
      residual_buffer_.full(), out_buffer_.claimable(), out_buffer_.valid(), w.works, w.capture,
      w.sends);
}

}  // namespace absim::sim
