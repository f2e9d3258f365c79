// SPDX-License-Identifier: Apache-2.0
// Posit decoder, quire, window and chain: golden = SystemC = RTL at -O0 and -O3. One-term sums are
// products, sums of two terms times 1 are additions, so this covers multiply and add.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/units/posit_dot.hpp"
#include "tests/rtl/posit_models.hpp"

namespace absim::tests {
namespace {

using models::PositCode;
using models::PositFormat;
using models::PositMode;
using models::PositRounding;
using sim::PositAccumulate;
using sim::PositPair;

TEMPLATE_TEST_CASE("posit decoder RTL equals golden and SystemC on every word",
                   "[rtl][posit][exhaustive]", Posit7x1O0, Posit7x1O3, Posit8x0O0, Posit8x0O3,
                   Posit8x1O0, Posit8x1O3, Posit8x2O0, Posit8x2O3, Posit16x1O0, Posit16x1O3,
                   Posit16x2O0, Posit16x2O3) {
  constexpr PositFormat kFormat = TestType::kFormat;
  sim::PositDriver<typename TestType::Model> rtl(kFormat);
  std::size_t wrong = 0, values_wrong = 0;
  for (std::uint32_t word = 0; word <= kFormat.mask(); ++word) {
    const auto code = static_cast<PositCode>(word);
    const sim::PositFields fields = rtl.decode(code);
    wrong += !(fields == sim::decode_fields(kFormat, code));
    // The value of the fields, against the conversion to double.
    const double magnitude = std::ldexp(
        fields.significand, fields.exponent - static_cast<int>(sim::posit_fraction_bits(kFormat)));
    const double value = fields.sign ? -magnitude : magnitude;
    values_wrong +=
        fields.nar ? code != kFormat.nar()
                   : value != models::posit_to_double(kFormat, code) || fields.zero != (code == 0);
  }
  REQUIRE(wrong == 0);
  REQUIRE(values_wrong == 0);
}

// Sends a stream of sums, one pair a cycle without a pause, and compares what leaves in every
// cycle.
template <typename Type>
class SumStream {
 public:
  static constexpr PositFormat kFormat = Type::kFormat;

  explicit SumStream(bool toward_zero) : rtl_(kFormat) {
    mode_.rounding = toward_zero ? PositRounding::kTowardZero : PositRounding::kNearestEven;
    const int max = kFormat.max_exponent();
    rtl_.set_mode(-2 * max, 2 * max + 1, toward_zero);
  }
  std::size_t wrong = 0, compared = 0;
  [[nodiscard]] PositMode mode() const { return mode_; }

  /// The end of a sum; all three accumulators must give `expected`.
  void send(PositCode a, PositCode b, bool first, bool last, PositCode expected) {
    rtl_.send(a, b, first, last);
    const std::size_t now = time_++;
    expected_[(now + 4) % 8] = last ? expected : kNone;  // leaves five cycles after it was sent
    check();
  }
  void flush() {
    for (int cycle = 0; cycle < 5; ++cycle) {
      rtl_.idle();
      expected_[(time_++ + 4) % 8] = kNone;
      check();
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0x10000;

  void check() {
    const std::uint32_t expected = expected_[(time_ - 1) % 8];
    wrong += rtl_.valid() != (expected != kNone);
    if (expected == kNone) return;
    const auto code = static_cast<PositCode>(expected);
    ++compared;
    wrong += !(rtl_.sums() == sim::PositSums{code, code, code});
  }

  sim::PositDriver<typename Type::Model> rtl_;
  PositMode mode_;
  std::array<std::uint32_t, 8> expected_{kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone};
  std::size_t time_ = 0;
};

template <typename Type>
void send_product(SumStream<Type>& stream, PositCode a, PositCode b) {
  stream.send(a, b, true, true, models::posit_multiply(Type::kFormat, a, b, stream.mode()));
}

template <typename Type>
void send_addition(SumStream<Type>& stream, PositCode a, PositCode b) {
  const auto one = static_cast<PositCode>(1U << (Type::kFormat.n - 2));
  stream.send(a, one, true, false, 0);
  stream.send(one, b, false, true, models::posit_add(Type::kFormat, a, b, stream.mode()));
}

TEMPLATE_TEST_CASE("posit RTL multiplies and adds every pair of narrow posits",
                   "[rtl][posit][exhaustive]", Posit7x1O0, Posit7x1O3, Posit8x0O0, Posit8x0O3,
                   Posit8x1O0, Posit8x1O3, Posit8x2O0, Posit8x2O3) {
  const std::uint32_t words = 1U << TestType::kFormat.n;
  for (const bool toward_zero : {false, true}) {
    SumStream<TestType> stream(toward_zero);
    for (std::uint32_t pair = 0; pair < words * words; ++pair) {
      const auto a = static_cast<PositCode>(pair / words);
      const auto b = static_cast<PositCode>(pair % words);
      send_product(stream, a, b);
      send_addition(stream, a, b);
    }
    stream.flush();
    CAPTURE(toward_zero);
    REQUIRE(stream.wrong == 0);
    REQUIRE(stream.compared == 2 * std::size_t{words} * words);
  }
}

template <typename Type>
void check_random_pairs(std::size_t pairs) {
  SumStream<Type> stream(false);
  Rng rng(Type::kFormat.es);
  constexpr PositFormat kFormat = Type::kFormat;
  const std::vector<PositCode> corners = corner_codes(kFormat);
  for (const PositCode a : corners) {
    for (const PositCode b : corners) {
      send_product(stream, a, b);
      send_addition(stream, a, b);
    }
  }
  std::size_t cancelling = 0, extreme = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    const bool middle = i % 4 == 1;
    PositCode a = middle ? middle_code(rng, kFormat) : random_code(rng, kFormat);
    PositCode b = middle ? middle_code(rng, kFormat) : random_code(rng, kFormat);
    if (i % 4 == 2) {  // nearly or wholly cancelling
      b = static_cast<PositCode>((models::posit_negate(kFormat, a) + rng() % 5 - 2) &
                                 kFormat.mask());
      ++cancelling;
    } else if (i % 16 == 3) {
      a = corners[rng() % corners.size()];
      ++extreme;
    }
    send_product(stream, a, b);
    send_addition(stream, a, b);
  }
  stream.flush();
  REQUIRE(stream.wrong == 0);
  REQUIRE(stream.compared == 2 * (pairs + corners.size() * corners.size()));
  REQUIRE(cancelling > pairs / 5);
  REQUIRE(extreme > pairs / 20);
}

TEMPLATE_TEST_CASE("posit RTL multiplies and adds random pairs of 16-bit posits",
                   "[rtl][posit][random]", Posit16x1O0, Posit16x1O3, Posit16x2O0, Posit16x2O3) {
  check_random_pairs<TestType>(50000);
}

TEMPLATE_TEST_CASE("posit RTL multiplies and adds a million pairs of 16-bit posits",
                   "[rtl][posit][random][slow]", Posit16x1O0, Posit16x1O3, Posit16x2O0,
                   Posit16x2O3) {
  check_random_pairs<TestType>(1000000);
}

struct Sum {
  std::vector<PositCode> a, b;
};

struct Reached {
  unsigned nar = 0, cancelled = 0, saturated = 0, longest = 0, clipped = 0, rounded_apart = 0;
};

Sum random_sum(Rng& rng, PositFormat format, std::size_t length, unsigned kind) {
  Sum sum;
  for (std::size_t k = 0; k < length; ++k) {
    sum.a.push_back(kind == 0 ? random_code(rng, format) : middle_code(rng, format));
    sum.b.push_back(kind == 0 ? random_code(rng, format) : middle_code(rng, format));
    if (sum.a.back() == format.nar()) sum.a.back() = 1;
    if (sum.b.back() == format.nar()) sum.b.back() = 1;
  }
  if (kind == 2) {  // pairs that cancel, in random order, and one small rest
    for (std::size_t k = 1; k < length; k += 2) {
      sum.a[k] = models::posit_negate(format, sum.a[k - 1]);
      sum.b[k] = sum.b[k - 1];
    }
    if (length % 2 == 1) sum.a.back() = sum.b.back() = 1;
    for (std::size_t k = length; k > 1; --k) {
      const std::size_t other = rng() % k;
      std::swap(sum.a[k - 1], sum.a[other]);
      std::swap(sum.b[k - 1], sum.b[other]);
    }
  } else if (kind == 3) {  // maxpos * maxpos, all of one sign or alternating
    const bool alternating = chance(rng, 50);
    for (std::size_t k = 0; k < length; ++k) {
      sum.a[k] = sum.b[k] = format.maxpos();
      if (alternating && k % 2 == 1) sum.a[k] = models::posit_negate(format, sum.a[k]);
    }
  }
  if (chance(rng, 10)) (chance(rng, 50) ? sum.a : sum.b)[rng() % length] = format.nar();
  return sum;
}

// The three SystemC twins beside one RTL model, compared in every cycle.
template <typename Type>
class DotCheck {
 public:
  static constexpr PositFormat kFormat = Type::kFormat;
  Reached reached;
  std::size_t wrong = 0;

  DotCheck() : rtl_(kFormat) {}

  void run(Rng& rng, const Sum& sum, models::PositWindowConfig window, bool toward_zero) {
    PositMode mode;
    if (toward_zero) mode.rounding = PositRounding::kTowardZero;
    rtl_.set_mode(window.low, window.high, toward_zero);
    sim::PositDot twins[] = {{kFormat, PositAccumulate::kQuire, {}, mode},
                             {kFormat, PositAccumulate::kWindow, window, mode},
                             {kFormat, PositAccumulate::kChain, {}, mode}};
    const auto tick = [&](const PositPair& pair) {
      for (sim::PositDot& twin : twins) twin.tick(pair);
      if (pair.valid) {
        rtl_.send(pair.a, pair.b, pair.first, pair.last);
      } else {
        sim::set_port(rtl_->a_i, random_code(rng, kFormat));
        rtl_.idle();
      }
      for (const sim::PositDot& twin : twins) wrong += twin.valid() != rtl_.valid();
      if (!rtl_.valid()) return;
      ++results_;
      wrong += !(rtl_.sums() == sim::PositSums{twins[0].code(), twins[1].code(), twins[2].code()});
      wrong += !(rtl_.sums() == golden(sum, window, mode));
    };
    const std::size_t before = results_;
    for (std::size_t k = 0; k < sum.a.size(); ++k) {
      while (chance(rng, 10)) tick({});
      tick({true, k == 0, k + 1 == sum.a.size(), sum.a[k], sum.b[k]});
    }
    for (unsigned cycle = 0; cycle < 5; ++cycle) tick({});
    wrong += results_ != before + 1;
  }

 private:
  sim::PositSums golden(const Sum& sum, models::PositWindowConfig window, PositMode mode) {
    models::PositQuire quire(kFormat);
    models::PositWindow cut(kFormat, window);
    for (std::size_t k = 0; k < sum.a.size(); ++k) {
      quire.add_product(sum.a[k], sum.b[k]);
      cut.add_product(sum.a[k], sum.b[k]);
    }
    const sim::PositSums sums{
        quire.read(0, mode), cut.read(mode),
        models::posit_chain(kFormat, models::PositChain::kFma, sum.a, sum.b, mode)};
    reached.nar += sums.quire == kFormat.nar();
    reached.cancelled += sums.quire == 0 || sums.quire == 1;
    reached.saturated += sums.quire == kFormat.maxpos();
    reached.longest = std::max(reached.longest, static_cast<unsigned>(sum.a.size()));
    reached.clipped += sums.window != sums.quire;
    reached.rounded_apart += sums.chain != sums.quire;
    return sums;
  }

  sim::PositDriver<typename Type::Model> rtl_;
  std::size_t results_ = 0;
};

TEMPLATE_TEST_CASE("posit RTL sums equal golden and SystemC in quire, window and chain",
                   "[rtl][posit][random]", Posit7x1O0, Posit7x1O3, Posit8x0O0, Posit8x0O3,
                   Posit8x1O0, Posit8x1O3, Posit8x2O0, Posit8x2O3, Posit16x1O0, Posit16x1O3,
                   Posit16x2O0, Posit16x2O3) {
  constexpr PositFormat kFormat = TestType::kFormat;
  const int max = kFormat.max_exponent();
  DotCheck<TestType> check;
  Rng rng(kFormat.n + kFormat.es);
  for (unsigned n = 0; n < 300; ++n) {
    const std::size_t length = n < 256 ? n + 1 : static_cast<std::size_t>(uniform(rng, 1, 256));
    models::PositWindowConfig window;
    window.low = static_cast<int>(uniform(rng, -2 * max, 2 * max));
    window.high = static_cast<int>(uniform(rng, window.low + 1, 2 * max + 1));
    if (n % 3 == 0) {  // a useful one
      window.low = -2 * max;
      window.high = n % 2 == 0 ? 2 * max + 1 : max;
    }
    check.run(rng, random_sum(rng, kFormat, length, n % 4), window, chance(rng, 20));
  }
  REQUIRE(check.wrong == 0);
  REQUIRE(check.reached.longest == 256);
  REQUIRE(check.reached.nar > 10);
  REQUIRE(check.reached.cancelled > 10);
  REQUIRE(check.reached.saturated > 10);
  REQUIRE(check.reached.clipped > 50);
  REQUIRE(check.reached.rounded_apart > 20);
}

TEST_CASE("posit RTL: quire and window do not depend on the order of the products",
          "[rtl][posit][random]") {
  constexpr PositFormat kFormat = Posit8x2O3::kFormat;
  sim::PositDriver<Posit8x2O3::Model> rtl(kFormat);
  Rng rng(7);
  std::size_t wrong = 0, chains_differ = 0;
  for (unsigned n = 0; n < 50; ++n) {
    Sum sum = random_sum(rng, kFormat, 100, 0);
    rtl.set_mode(-9, 11, false);
    const sim::PositSums first = rtl.run(sum.a, sum.b);
    for (unsigned again = 0; again < 5; ++again) {
      for (std::size_t k = sum.a.size(); k > 1; --k) {
        const std::size_t other = rng() % k;
        std::swap(sum.a[k - 1], sum.a[other]);
        std::swap(sum.b[k - 1], sum.b[other]);
      }
      const sim::PositSums permuted = rtl.run(sum.a, sum.b);
      wrong += permuted.quire != first.quire || permuted.window != first.window;
      chains_differ += permuted.chain != first.chain;
    }
  }
  REQUIRE(wrong == 0);
  REQUIRE(chains_differ > 10);
}

TEST_CASE("posit RTL comparison fails where es is wrong", "[rtl][posit][negative]") {
  sim::PositDriver<Posit8x1O3::Model> rtl({8, 1});
  std::size_t different = 0;
  for (unsigned word = 0; word < 256; ++word) {
    different += !(rtl.decode(static_cast<PositCode>(word)) ==
                   sim::decode_fields({8, 2}, static_cast<PositCode>(word)));
  }
  REQUIRE(different > 200);
}

}  // namespace
}  // namespace absim::tests
