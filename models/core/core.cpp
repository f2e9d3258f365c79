// SPDX-License-Identifier: Apache-2.0
// Compiles the headers of models/core alone, so that each is known to stand by itself.
#include "models/core/error.hpp"
#include "models/core/span.hpp"
