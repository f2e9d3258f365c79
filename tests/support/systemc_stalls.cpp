// SPDX-License-Identifier: Apache-2.0
#include "tests/support/systemc_stalls.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include "models/core/error.hpp"
#include "models/inference/inference.hpp"
#include "sim/system/kernel.hpp"
#include "tests/support/systemc_cases.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::test {
namespace {

using sim::Buffer;
using sim::kLoadBuffers;
using sim::Transfer;

/// The transfers of one buffer in order, word by word.
struct Stream {
  std::vector<Transfer> transfers;
  std::size_t transfer = 0;
  std::uint64_t word = 0;
  bool offered = false;

  [[nodiscard]] bool done() const { return transfer == transfers.size(); }
  [[nodiscard]] const Transfer& now() const { return transfers[transfer]; }
  [[nodiscard]] bool last() const { return word + 1 == now().words; }
  void advance() {
    offered = false;
    if (!last()) {
      ++word;
      return;
    }
    word = 0;
    ++transfer;
  }
};

class Driver {
 public:
  Driver(sim::Core& core, const models::QuantizedNetwork& network, const sim::LayerData& data,
         sim::TensorStore& tensors, Random& random, unsigned patience)
      : core_(core), data_(data), random_(random), patience_(patience) {
    const models::Layer& layer = data.layer();
    output_ = &tensors.create(layer.name, layer.out, tensor_type(network, layer.name));
    if (layer.emits_activation) {
      const std::string name = layer.name + ".act";
      activation_ = &tensors.create(name, layer.out, tensor_type(network, name));
    }
    input_ = &tensors.get(layer.input);
    if (layer.residual) residual_ = &tensors.get(layer.residual->tensor);
    for (const Transfer& t : data.plan().transfers) {
      streams_[static_cast<std::size_t>(t.buffer)].transfers.push_back(t);
    }
    const std::size_t post = core.outputs().out_word.size();
    act_.resize(256);
    params_.resize(post);
    residual_word_.resize(post);
  }

  StallRun run() {
    while (!streams_[kLoadBuffers].done()) {
      const sim::CoreInputs in = offer();
      finish(in);
      ABSIM_CHECK(++result_.cycles < 4000000, "stall driver: the layer does not end");
    }
    return result_;
  }

 private:
  bool goes_on() {
    if (random_.one_in(patience_)) return true;
    ++result_.withheld;
    return false;
  }
  sim::CoreInputs offer() {
    sim::CoreInputs in;
    const auto& jobs = data_.plan().jobs;
    if (job_ < jobs.size()) job_offered_ = job_offered_ || goes_on();
    in.job_valid = job_ < jobs.size() && job_offered_;
    if (in.job_valid) in.job = &jobs[job_].descriptor;
    for (std::size_t b = 0; b < kLoadBuffers; ++b) {
      Stream& s = streams_[b];
      if (s.done()) continue;
      s.offered = s.offered || goes_on();
      if (s.offered) load(static_cast<Buffer>(b), s, in);
    }
    in.out_ready = random_.one_in(patience_);
    return in;
  }
  void load(Buffer buffer, const Stream& s, sim::CoreInputs& in) {
    const sim::Job& job = data_.plan().jobs[s.now().job];
    const sim::FillControl fill{true, s.last()};
    switch (buffer) {
      case Buffer::kAct: {
        const auto at = data_.act_word(job, s.word, *input_, act_.data());
        in.act_fill = fill;
        in.act_bank = at.bank;
        in.act_address = at.address;
        in.act_word = act_.data();
        return;
      }
      case Buffer::kWeight:
        in.weight_fill = fill;
        in.weight_word = data_.weight_word(s.now(), s.word);
        return;
      case Buffer::kParam:
        data_.param_word(job, s.word, params_.data());
        in.param_fill = fill;
        in.param_word = params_.data();
        return;
      case Buffer::kResidual:
        data_.residual_word(job, s.word, *residual_, residual_word_.data());
        in.residual_fill = fill;
        in.residual_word = residual_word_.data();
        return;
      case Buffer::kOut:
        return;
    }
  }
  void finish(const sim::CoreInputs& in) {
    const sim::CoreOutputs& out = core_.outputs();
    std::array<bool, kLoadBuffers> taken{};
    bool both = false;
    for (std::size_t b = 0; b < kLoadBuffers; ++b) {
      taken[b] = streams_[b].offered && out.fill_ready[b];
      result_.refused += streams_[b].offered && !out.fill_ready[b] ? 1U : 0U;
      both = both || !out.fill_ready[b];
    }
    result_.both_full += both ? 1U : 0U;
    const bool job_taken = in.job_valid && out.job_ready;
    Stream& store = streams_[kLoadBuffers];
    if (out.out_valid && in.out_ready) {
      ABSIM_CHECK(out.out_last == store.last(), "stall driver: wrong length of a store");
      data_.store_word(data_.plan().jobs[store.now().job], store.word, out.out_word.data(),
                       *output_, activation_);
      store.advance();
    } else if (out.out_valid) {
      ++result_.blocked_stores;
    }
    core_.tick(in);
    for (std::size_t b = 0; b < kLoadBuffers; ++b) {
      if (taken[b]) streams_[b].advance();
    }
    if (!job_taken) return;
    ++job_;
    job_offered_ = false;
  }

  sim::Core& core_;
  const sim::LayerData& data_;
  Random& random_;
  unsigned patience_;
  const sim::Tensor* input_ = nullptr;
  const sim::Tensor* residual_ = nullptr;
  sim::Tensor* output_ = nullptr;
  sim::Tensor* activation_ = nullptr;
  std::array<Stream, kLoadBuffers + 1> streams_;
  std::size_t job_ = 0;
  bool job_offered_ = false;
  std::vector<std::uint8_t> act_;
  std::vector<sim::ChannelParams> params_;
  std::vector<std::int16_t> residual_word_;
  StallRun result_;
};

}  // namespace

StallRun run_with_stalls(sim::Core& core, const models::QuantizedNetwork& network,
                         const sim::LayerData& data, sim::TensorStore& tensors, Random& random,
                         unsigned patience) {
  return Driver(core, network, data, tensors, random, patience).run();
}

void run_stall_rounds(const StallRounds& rounds) {
  CAPTURE(rounds.seed);
  Random random(rounds.seed);
  StallRun total;
  for (int round = 0; round < rounds.rounds; ++round) {
    const auto format =
        random.one_in(2) ? models::WeightFormat::kBwb : models::WeightFormat::kTwosComplement;
    const unsigned bits = random.in(1U, rounds.max_bits);
    const auto network = make_awkward_network(random.bits(), format, bits);
    const auto order =
        random.one_in(2) ? sim::PlaneOrder::kProgressive : sim::PlaneOrder::kStationary;
    const sim::ArchConfig arch =
        make_arch(round % 3, random.one_in(3) ? BufferSize::kLarge : BufferSize::kTiny,
                  DramSpeed::kFast, order);
    const unsigned t = random.in(1U, std::min(bits, 4U));
    const unsigned patience = random.in(1U, 6U);
    CAPTURE(round, t, bits, patience, describe(arch));
    const auto pixels = random_image(network, random.bits());
    sim::TensorStore tensors;
    tensors.create("input", network.graph.input.shape, models::ElementType::kS8).values =
        models::input_map(network, pixels);
    const sim::KernelScope kernel;
    const std::unique_ptr<sim::Core> core = rounds.make_core(arch);
    core->reset();
    for (auto& plan : random_plans(random, network, t, arch)) {
      const sim::LayerData data(network, std::move(plan), arch);
      const auto run = run_with_stalls(*core, network, data, tensors, random, patience);
      total.withheld += run.withheld;
      total.refused += run.refused;
      total.blocked_stores += run.blocked_stores;
      total.both_full += run.both_full;
    }
    require_equal(models::infer_reference(network, t, pixels), tensors.values());
  }
  REQUIRE(total.withheld > 10000);
  REQUIRE(total.refused > 10000);
  REQUIRE(total.blocked_stores > 10000);
  REQUIRE(total.both_full > 10000);
}

}  // namespace absim::test
