// SPDX-License-Identifier: Apache-2.0
// SHA-256 against the published examples, in pieces of any length.
#include "models/core/sha256.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "models/core/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;

TEST_CASE("sha256 gives the published digests", "[models]") {  // FIPS 180-4 examples
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_of(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const TempDir dir;
  for (const std::size_t size : {0U, 1U, 55U, 56U, 63U, 64U, 65U, 119U, 65536U, 65537U}) {
    const std::string text(size, 'x');
    Sha256 pieces;
    for (std::size_t at = 0; at < size; at += 13) {
      pieces.update(text.data() + at, std::min<std::size_t>(13, size - at));
    }
    CAPTURE(size);
    CHECK(pieces.hex_digest() == sha256_of(text));
    CHECK(sha256_of_file(dir.write("f", text)) == sha256_of(text));
  }
  CHECK_THROWS_AS(sha256_of_file(dir.path("none")), Error);
}
