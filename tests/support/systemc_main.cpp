// SPDX-License-Identifier: Apache-2.0
// The Catch2 runner of test programs that hold SystemC: libsystemc's main() calls sc_main().
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <systemc>

/// Read by LeakSanitizer, where there is one: libsystemc never frees its pool of timed events.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:sc_core::sc_event_timed::allocate\n";
}

int sc_main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
