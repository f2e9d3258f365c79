// SPDX-License-Identifier: Apache-2.0
#include "sim/system/kernel.hpp"

#include <cstdlib>
#include <systemc>

// libsystemc has a main() that calls sc_main(); programs with a main() of their own need this one
// to link.
__attribute__((weak)) int sc_main(int /*argc*/, char* /*argv*/[]) { return EXIT_FAILURE; }

namespace absim::sim {
namespace {

// Guards the one global that SystemC has anyway.
std::mutex& kernel_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

KernelScope::KernelScope()
    : lock_(kernel_mutex()),
      outer_(sc_core::sc_curr_simcontext),
      outer_default_(sc_core::sc_default_global_context) {
  sc_core::sc_curr_simcontext = new sc_core::sc_simcontext;
  sc_core::sc_default_global_context = sc_core::sc_curr_simcontext;
}

KernelScope::~KernelScope() {
  delete sc_core::sc_curr_simcontext;
  sc_core::sc_curr_simcontext = outer_;
  sc_core::sc_default_global_context = outer_default_;
}

}  // namespace absim::sim
