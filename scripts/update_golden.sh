#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes the golden files of tests/regression/golden anew. Look at the difference, and say in the commit why it moved.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh absim_regression_tests
ABSIM_UPDATE_GOLDEN=1 build/release/tests/regression/absim_regression_tests
git --no-pager diff --stat -- tests/regression/golden
