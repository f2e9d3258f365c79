// SPDX-License-Identifier: Apache-2.0
// table.tex: the table of truncation lengths or formats for a paper (needs the package booktabs).
#pragma once

#include <string>

#include "sim/sweep/results.hpp"

namespace absim::sim {

std::string to_latex(const SweepResult& result);

}  // namespace absim::sim
