// SPDX-License-Identifier: Apache-2.0
// The Catch2 runner of test programs that do not hold SystemC.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
