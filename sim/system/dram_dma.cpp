// SPDX-License-Identifier: Apache-2.0
#include "sim/system/dram_dma.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/system/pool_data.hpp"

namespace absim::sim {
namespace {

constexpr std::uint64_t kPatienceCycles = 200000;  // on top of latency and one transfer

}  // namespace

DmaEngine::DmaEngine(const ArchConfig& arch) : arch_(arch) {
  for (Drive& drive : drives_) {
    drive.act.resize(arch.act_word_bytes());
    drive.param.resize(arch.postproc_lanes);
    drive.residual.resize(arch.postproc_lanes);
    drive.pool.resize(arch.pool_lanes);
  }
}

void DmaEngine::begin_layer(const LayerData& data, const LayerTensors& tensors) {
  ABSIM_CHECK(done_, "dma: layer begun before the last one ended");
  ABSIM_CHECK(!data.plan().transfers.empty(), "dma: layer without transfers");
  data_ = &data;
  transfers_ = &data.plan().transfers;
  tensors_ = tensors;
  cycle_ = 0;
  done_ = false;
  next_job_ = 0;
  free_slots_ = {2, 2, 2, 2, 0};
  issues_.clear();
  moving_ = 0;
  word_ = 0;
  word_carry_ = 0;
  word_moves_ = false;
  last_progress_ = 0;
  drive_next();
}

void DmaEngine::take_pulses(const CoreOutputs& core) {
  for (std::size_t b = 0; b < kLoadBuffers; ++b) free_slots_[b] += core.credit[b] ? 1U : 0U;
  free_slots_[kLoadBuffers] += core.out_filled ? 1U : 0U;
  if (inputs().job_valid && core.job_ready) ++next_job_;
}

// At most one request a cycle, in order; its data follow on the channel, in order too.
void DmaEngine::request() {
  const std::size_t i = issues_.size();
  if (i == transfers_->size()) return;
  const Transfer& transfer = (*transfers_)[i];
  unsigned& free = free_slots_[static_cast<std::size_t>(transfer.buffer)];
  if (free == 0) return;
  --free;
  Issue issue;
  issue.request = cycle_;
  const std::uint64_t ready =
      cycle_ + (transfer.buffer == Buffer::kOut ? 1U : arch_.dram.latency_cycles);
  const std::uint64_t channel_free = i == 0 ? 0 : issues_[i - 1].data + issues_[i - 1].duration;
  const std::uint64_t width = arch_.dram.bytes_per_cycle;
  issue.data = std::max(channel_free, ready);
  issue.duration = std::max(transfer.words, (transfer.bytes + width - 1) / width);
  if (i == moving_) word_cycle_ = issue.data;
  issues_.push_back(issue);
}

// The word that moved in this cycle: check the handshake, store an output, find the next word.
void DmaEngine::finish_word(const CoreOutputs& core) {
  const Transfer& transfer = current();
  const bool last = word_ + 1 == transfer.words;
  if (transfer.buffer == Buffer::kOut) {
    ABSIM_CHECK(core.out_valid, "dma: store without a word; " + describe());
    ABSIM_CHECK(core.out_last == last,
                "dma: the store's length differs from the slot's; " + describe());
    store_word(transfer, core);
  } else {
    ABSIM_CHECK(core.fill_ready[static_cast<std::size_t>(transfer.buffer)],
                "dma: load into a full slot; " + describe());
  }
  const Issue& issue = issues_[moving_];
  if (!last) {  // word j moves in cycle data + floor(j * duration / words)
    ++word_;
    word_cycle_ += issue.duration / transfer.words;
    word_carry_ += issue.duration % transfer.words;
    if (word_carry_ >= transfer.words) {
      word_carry_ -= transfer.words;
      ++word_cycle_;
    }
    return;
  }
  ++moving_;
  word_ = 0;
  word_carry_ = 0;
  if (moving_ < issues_.size()) word_cycle_ = issues_[moving_].data;
}

void DmaEngine::store_word(const Transfer& transfer, const CoreOutputs& core) {
  const LayerPlan& plan = data_->plan();
  if (plan.pooling()) {
    store_pool_word(plan.pool_jobs[transfer.job], arch_.pool_lanes, word_, core.out_word.data(),
                    *tensors_.output);
  } else {
    data_->store_word(plan.jobs[transfer.job], word_, core.out_word.data(), *tensors_.output,
                      tensors_.activation);
  }
}

void DmaEngine::drive_pool(const Transfer& transfer, Drive& drive) {
  CoreInputs& in = drive.inputs;
  if (transfer.buffer == Buffer::kOut) {
    in.out_ready = true;
    return;
  }
  load_pool_word(data_->plan().pool_jobs[transfer.job], arch_.pool_lanes, word_, *tensors_.input,
                 drive.pool.data());
  in.act_fill = {true, word_ + 1 == transfer.words};
  in.pool_word = drive.pool.data();
}

void DmaEngine::drive_load(const Transfer& transfer, Drive& drive) {
  if (data_->plan().pooling()) return drive_pool(transfer, drive);
  const Job& job = data_->plan().jobs[transfer.job];
  CoreInputs& in = drive.inputs;
  const FillControl fill{true, word_ + 1 == transfer.words};
  switch (transfer.buffer) {
    case Buffer::kAct: {
      const auto at = data_->act_word(job, word_, *tensors_.input, drive.act.data());
      in.act_fill = fill;
      in.act_bank = at.bank;
      in.act_address = at.address;
      in.act_word = drive.act.data();
      return;
    }
    case Buffer::kWeight:
      in.weight_fill = fill;
      in.weight_word = data_->weight_word(transfer, word_);
      return;
    case Buffer::kParam:
      data_->param_word(job, word_, drive.param.data());
      in.param_fill = fill;
      in.param_word = drive.param.data();
      return;
    case Buffer::kResidual:
      data_->residual_word(job, word_, *tensors_.residual, drive.residual.data());
      in.residual_fill = fill;
      in.residual_word = drive.residual.data();
      return;
    case Buffer::kOut:
      in.out_ready = true;
      return;
  }
}

// Core inputs of cycle_, from registers only.
void DmaEngine::drive_next() {
  drive_ ^= 1U;
  Drive& drive = drives_[drive_];
  drive.inputs = CoreInputs();
  word_moves_ = !done_ && moving_ < issues_.size() && word_cycle_ == cycle_;
  if (word_moves_) drive_load(current(), drive);
  if (done_) return;
  const LayerPlan& plan = data_->plan();
  drive.inputs.job_valid = next_job_ < plan.job_count();
  if (!drive.inputs.job_valid) return;
  if (plan.pooling()) {
    drive.inputs.pool_job = &plan.pool_jobs[next_job_];
  } else {
    drive.inputs.job = &plan.jobs[next_job_].descriptor;
  }
}

void DmaEngine::tick(const CoreOutputs& core) {
  if (done_) return;
  take_pulses(core);
  const std::size_t requested = issues_.size();
  request();
  if (word_moves_) finish_word(core);
  if (word_moves_ || issues_.size() != requested || core.array_active) last_progress_ = cycle_;
  check_progress(core);
  ++cycle_;
  if (moving_ == transfers_->size() && cycle_ >= issues_.back().data + issues_.back().duration) {
    done_ = true;
    ABSIM_CHECK(next_job_ == data_->plan().job_count(), "dma: layer over before its last job");
  }
  drive_next();
}

void DmaEngine::check_progress(const CoreOutputs& core) {
  std::uint64_t patience = kPatienceCycles + arch_.dram.latency_cycles;
  if (moving_ < issues_.size()) patience += issues_[moving_].duration;
  if (cycle_ - last_progress_ <= patience) return;
  throw InvariantError(fmt::format(
      "layer {}: no progress for {} cycles, cycle {}; {}; core: job_ready {} act {} weight {} "
      "param {} residual {} ready, out_valid {}",
      data_->layer().name, cycle_ - last_progress_, cycle_, describe(), core.job_ready,
      core.fill_ready[0], core.fill_ready[1], core.fill_ready[2], core.fill_ready[3],
      core.out_valid));
}

bool DmaEngine::all_slots_free() const {
  return std::all_of(free_slots_.begin(), free_slots_.end() - 1, [](unsigned n) { return n == 2; });
}

std::string DmaEngine::describe() const {
  return fmt::format(
      "cycle {}: transfer {} of {} on the channel at word {}, {} requested, free slots act {} "
      "weight {} param {} residual {} full out slots {}, jobs taken {}",
      cycle_, moving_, transfers_->size(), word_, issues_.size(), free_slots_[0], free_slots_[1],
      free_slots_[2], free_slots_[3], free_slots_[4], next_job_);
}

DramDma::DramDma(const sc_core::sc_module_name& name, const ArchConfig& arch, ErrorTrap& trap)
    : sc_module(name), engine_(arch), trap_(trap) {
  SC_HAS_PROCESS(DramDma);
  SC_METHOD(on_clock);
  sensitive << clk;  // both edges, see Accelerator
  dont_initialize();
}

void DramDma::begin_layer(const LayerData& data, const LayerTensors& tensors) {
  engine_.begin_layer(data, tensors);
  pooling_ = data.plan().pooling();
  write_inputs();
}

void DramDma::write_inputs() {
  to_core.write(pooling_ ? &idle_ : &engine_.inputs());
  if (pooling_) to_pool.write(&engine_.inputs());
}

void DramDma::on_clock() {
  try {
    if (engine_.done()) return;
    engine_.tick(pooling_ ? *from_pool.read() : *from_core.read());
    write_inputs();
    if (engine_.done()) sc_core::sc_pause();
  } catch (...) {  // kept for the driver: an exception in a process loses its type
    trap_.error = std::current_exception();
    sc_core::sc_pause();
  }
}

}  // namespace absim::sim
