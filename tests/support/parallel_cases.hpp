// SPDX-License-Identifier: Apache-2.0
// Networks of bit-parallel formats on a core of their kind: values and cycles against every model.
#pragma once

#include "models/network/dump.hpp"
#include "sim/system/run_network.hpp"
#include "tests/support/systemc_cases.hpp"

namespace absim::test {

/// The PE of the network's format in an array; the tiny weight buffer grows with the weights.
sim::ArchConfig with_pe(sim::ArchConfig arch, const models::QuantizedNetwork& network);

/// One image: every tensor equals the plain reference and the fast inference, cycles and events of
/// every layer those of the recurrences.
void require_network_runs(const models::QuantizedNetwork& network, const sim::ArchConfig& arch,
                          sim::CycleFidelity fidelity, const sim::CoreFactory& make_rtl,
                          std::uint64_t seed);

}  // namespace absim::test
