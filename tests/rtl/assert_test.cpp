// SPDX-License-Identifier: Apache-2.0
// Every assertion on a block's environment fires when the environment breaks it: each in a child
// process, since a failed assertion aborts. (Properties of a block's own outputs cannot be broken
// from outside.)
#include <catch2/catch.hpp>

#include <Vact_buffer_o3.h>
#include <Vdrain_o3.h>
#include <Vout_buffer_o3.h>
#include <Vpe_array_o3.h>
#include <Vsequencer_o3.h>
#include <Vslot_buffer_o3.h>
#include <Vslot_flags_o3.h>
#include <Vtag_fifo_o3.h>
#include <Vtile_walker_o3.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "sim/cosim/job_bits.hpp"
#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"

namespace absim::tests {
namespace {

// What the child prints if it dies of SIGABRT; otherwise "no abort".
template <typename Model, typename Violate>
std::string abort_message(const Violate& violate) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    Dut<Model> dut;
    violate(dut);
    dut.tick();
    dut.tick();  // properties over two cycles
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char block[512];
  for (ssize_t n = 0; (n = read(ends[0], block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? text : "no abort";
}

#define REQUIRE_FIRES(Model, name, violate) \
  REQUIRE_THAT(abort_message<Model>(violate), Catch::Contains(name))

TEST_CASE("slot assertions fire", "[rtl][negative]") {
  REQUIRE_FIRES(Vslot_flags_o3, "FillsOnlyFreeSlot", [](auto& dut) {
    dut->fill_done_i = 1;
    dut.tick();
    dut.tick();
  });
  REQUIRE_FIRES(Vslot_buffer_o3, "ReleasesOnlyFullSlot", [](auto& dut) { dut->release_i = 1; });
  REQUIRE_FIRES(Vslot_buffer_o3, "FillFitsSlot", [](auto& dut) {
    dut->fill_valid_i = 1;
    for (unsigned i = 0; i < 11; ++i) dut.tick();  // Depth words without a last
  });
  const auto fill_both_slots = [](auto& dut) {
    dut->fill_valid_i = 1;
    dut->fill_last_i = 1;
    dut.tick();
    dut.tick();
    dut.tick();  // offered and not taken
  };
  REQUIRE_FIRES(Vslot_buffer_o3, "FillStable", [&](auto& dut) {
    fill_both_slots(dut);
    dut->fill_valid_i = 0;
  });
  REQUIRE_FIRES(Vslot_buffer_o3, "FillStable", [&](auto& dut) {
    fill_both_slots(dut);
    dut->fill_last_i = 0;
  });
}

TEST_CASE("out_buffer assertions fire", "[rtl][negative]") {
  REQUIRE_FIRES(Vout_buffer_o3, "ClaimsOnlyFreeSlot", [](auto& dut) {
    dut->claim_i = 1;
    dut.tick();
    dut.tick();
  });
  REQUIRE_FIRES(Vout_buffer_o3, "WritesOnlyClaimedSlot", [](auto& dut) { dut->valid_i = 1; });
  REQUIRE_FIRES(Vout_buffer_o3, "BeatFitsSlot", [](auto& dut) {
    dut->claim_i = 1;
    dut.tick();
    dut->claim_i = 0;
    dut->valid_i = 1;
    for (unsigned i = 0; i < 7; ++i) dut.tick();  // Depth beats without a last
  });
}

TEST_CASE("act_buffer assertions fire", "[rtl][negative]") {
  REQUIRE_FIRES(Vact_buffer_o3, "FillInRange", [](auto& dut) {
    dut->fill_valid_i = 1;
    dut->fill_bank_i = 4;
  });
  REQUIRE_FIRES(Vact_buffer_o3, "FillInRange", [](auto& dut) {
    dut->fill_valid_i = 1;
    dut->fill_addr_i = 12;
  });
  REQUIRE_FIRES(Vact_buffer_o3, "FillStable", [](auto& dut) {
    dut->fill_valid_i = 1;
    dut->fill_last_i = 1;
    dut.tick();
    dut.tick();
    dut.tick();
    dut->fill_addr_i = 1;
  });
  REQUIRE_FIRES(Vact_buffer_o3, "StepStable", [](auto& dut) {
    dut->step_valid_i = 1;
    dut.tick();  // taken; the slot is empty, so the next step waits
    dut.tick();
    dut->step_need_i = 1;
  });
  REQUIRE_FIRES(Vact_buffer_o3, "TakesOnlyOperand", [](auto& dut) { dut->operand_ready_i = 1; });
}

TEST_CASE("pe_array assertions fire", "[rtl][negative]") {
  REQUIRE_FIRES(Vpe_array_o3, "CapturesOnlyResult", [](auto& dut) { dut->result_capture_i = 1; });
  REQUIRE_FIRES(Vpe_array_o3, "ResultWaitsForCapture", [](auto& dut) {
    Step step;  // a tile that ends without having begun does not wait
    step.last = true;
    dut->operand_step_i = step.pack();
    dut->operand_valid_i = 1;
    dut->weight_full_i = 1;
    dut.tick();
  });
  REQUIRE_FIRES(Vpe_array_o3, "OperandHeld", [](auto& dut) {
    dut->operand_valid_i = 1;
    dut.tick();
    dut->operand_valid_i = 0;
  });
}

TEST_CASE("tag_fifo and drain assertions fire", "[rtl][negative]") {
  REQUIRE_FIRES(Vtag_fifo_o3, "NeverOverflows", [](auto& dut) {
    dut->push_i = 1;
    for (unsigned i = 0; i < 3; ++i) dut.tick();
  });
  REQUIRE_FIRES(Vtag_fifo_o3, "PopsOnlyTag", [](auto& dut) { dut->pop_i = 1; });
  for (const unsigned rows : {0U, 4U}) {
    REQUIRE_FIRES(Vdrain_o3, "CapturedTileFits", [rows](auto& dut) {
      Tag tag;
      tag.rows = rows;
      tag.pack().to(dut->tag_i);
      dut->result_valid_i = 1;
    });
  }
  REQUIRE_FIRES(Vdrain_o3, "ResultHeld", [](auto& dut) {
    Tag().pack().to(dut->tag_i);
    dut->result_valid_i = 1;
    dut.tick();
    dut.tick();  // the drain holds a tile: the second result waits
    dut->result_valid_i = 0;
  });
}

template <typename Model>
void offer(Dut<Model>& dut, const sim::JobDescriptor& job) {
  const sim::JobBits bits = sim::pack_job(job);
  sim::store_port(dut->job_i, bits.data(), sizeof bits);
  dut->job_valid_i = 1;
}

TEST_CASE("sequencer and tile_walker assertions fire", "[rtl][negative]") {
  const auto fires = [](const char* name, const sim::JobDescriptor& job) {
    REQUIRE_FIRES(Vsequencer_o3, name, [&job](auto& dut) { offer(dut, job); });
  };
  for (const std::uint8_t planes : {std::uint8_t{0}, std::uint8_t{9}}) {
    sim::JobDescriptor job;
    job.planes = planes;
    fires("JobPlanesInRange", job);
  }
  sim::JobDescriptor job;
  job.last_rows = 5;
  fires("JobTileInRange", job);
  job = {};
  job.last_cols = 7;
  fires("JobTileInRange", job);
  job = {};
  job.chunks = 0;
  fires("JobLoopsNotEmpty", job);
  job = {};
  job.emits_activation = true;
  job.out_kind = sim::OutKind::kS32;
  fires("JobEmitsActivationFromS16", job);
  REQUIRE_FIRES(Vsequencer_o3, "JobStable", [](auto& dut) {
    offer(dut, {});
    dut.tick();  // taken
    dut.tick();
    dut->job_valid_i = 0;
  });
  REQUIRE_FIRES(Vtile_walker_o3, "StartsOnlyWhenIdle", [](auto& dut) {
    const sim::JobBits bits = sim::pack_job({});
    sim::store_port(dut->job_i, bits.data(), sizeof bits);
    dut->start_i = 1;
    dut.tick();
  });
  REQUIRE_FIRES(Vtile_walker_o3, "LoadsOnlyValidTile", [](auto& dut) { dut->tile_load_i = 1; });
}

TEST_CASE("A well-behaved environment fires no assertion", "[rtl][negative]") {
  REQUIRE(abort_message<Vslot_buffer_o3>([](auto& dut) { dut->fill_valid_i = 1; }) == "no abort");
}

}  // namespace
}  // namespace absim::tests
