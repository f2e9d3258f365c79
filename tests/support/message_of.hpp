// SPDX-License-Identifier: Apache-2.0
// The text of an expected error, for tests that check messages.
#pragma once

#include <string>

namespace absim::test {

/// Runs `action` and returns the text of the E it throws; "(no error)" where it returns. Other
/// exceptions pass, so that a wrong type fails the test.
template <typename E, typename Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "(no error)";
}

}  // namespace absim::test
