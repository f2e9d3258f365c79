// SPDX-License-Identifier: Apache-2.0
#include "sim/app/posit_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace absim::app {

models::PositFormat posit_format_of(const UnitParameters& parameters) {
  models::PositFormat format;
  constexpr std::int64_t kFar = 1000;  // any number may be refused by its meaning
  format.n = static_cast<unsigned>(number_of(parameters, "n", 0, kFar, format.n));
  format.es = static_cast<unsigned>(number_of(parameters, "es", 0, kFar, format.es));
  models::check_posit_format(format, "--param n, es");
  return format;
}

std::string posit_text(models::PositFormat format, models::PositCode code) {
  const std::string hex = fmt::format("{:0{}x}", code, (format.n + 3) / 4);
  if (code == 0) return hex + " = 0";
  if (code == format.nar()) return hex + " = NaR";
  const bool negative = (code & format.nar()) != 0;
  const models::PositCode magnitude = negative ? models::posit_negate(format, code) : code;
  std::string body;
  for (unsigned bit = format.n - 1; bit-- > 0;) body += (magnitude >> bit & 1U) != 0 ? '1' : '0';
  const std::size_t run = std::min(body.find_first_not_of(body[0]), body.size());
  const std::size_t regime = std::min(run + 1, body.size());
  const std::size_t exponent = std::min(regime + format.es, body.size());
  const auto field = [&](std::size_t first, std::size_t last) {
    return first == last ? std::string("-") : body.substr(first, last - first);
  };
  return fmt::format("{} = {} (sign {}, regime {}, exponent {}, fraction {})", hex,
                     models::posit_to_double(format, code), negative ? 1 : 0, field(0, regime),
                     field(regime, exponent), field(exponent, body.size()));
}

}  // namespace absim::app
