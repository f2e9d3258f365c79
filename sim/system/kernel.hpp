// SPDX-License-Identifier: Apache-2.0
// A SystemC kernel of its own for every simulation. SystemC keeps one simulation context per
// process in a global; a KernelScope swaps in a fresh one and deletes it at its end, so that
// simulations can follow each other in one process. They cannot run side by side: a second scope
// waits for the first (a mutex). To use several cores, run points in several processes.
#pragma once

#include <mutex>

namespace sc_core {
class sc_simcontext;
}

namespace absim::sim {

class KernelScope {
 public:
  KernelScope();
  ~KernelScope();
  KernelScope(const KernelScope&) = delete;
  KernelScope& operator=(const KernelScope&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
  sc_core::sc_simcontext* outer_;
  sc_core::sc_simcontext* outer_default_;
};

}  // namespace absim::sim
