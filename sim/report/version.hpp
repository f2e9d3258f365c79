// SPDX-License-Identifier: Apache-2.0
// Which absim this is, and what it was built with.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace absim::sim {

const char* version_number();  ///< 0.1.0
const char* git_revision();    ///< of the source tree when built, `-dirty` where files differ; or `unknown`
/// Tools and libraries: (name, version).
const std::vector<std::pair<std::string, std::string>>& tool_versions();

}  // namespace absim::sim
