// SPDX-License-Identifier: Apache-2.0
// A training scheme's keys. Each method reads its own.
#include "models/train/config_scheme.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::models::train {
namespace {

const std::vector<std::pair<std::string, Method>> kMethods = {
    {"float", Method::kFloat},   {"bwb", Method::kBwb},        {"bwb_sampled", Method::kBwbSampled},
    {"scaled", Method::kScaled}, {"one_bit", Method::kOneBit}, {"dfp", Method::kDfp},
    {"posit", Method::kPosit}};

const std::vector<std::pair<std::string, Rounding>> kRoundings = {
    {"nearest_even", Rounding::kNearestEven}, {"half_away", Rounding::kHalfAway},
    {"half_up", Rounding::kHalfUp},           {"floor", Rounding::kFloor},
    {"toward_zero", Rounding::kTowardZero},   {"stochastic", Rounding::kStochastic}};

std::vector<unsigned> read_lengths(const YamlValue& value, unsigned bits) {
  std::vector<unsigned> lengths;
  for (const YamlValue& entry : value.as_list(1, bits)) {
    const auto t = static_cast<unsigned>(entry.as_uint(1, bits));
    if (std::find(lengths.begin(), lengths.end(), t) != lengths.end())
      entry.fail_rule(fmt::format("found {} twice; allowed: each length once", t));
    lengths.push_back(t);
  }
  return lengths;
}

void read_norms(YamlMap map, unsigned bits, NormConfig& norms) {
  norms.lengths = read_lengths(map.required("lengths"), bits);
  norms.steps = map.optional_uint("steps", 1, 1'000'000, norms.steps);
  norms.rate = map.optional_number("rate", 1e-6, 10.0, norms.rate);
  norms.repeats_1 = map.optional_uint("repeats_1", 1, 100, norms.repeats_1);
  map.finish();
}

void read_bits(YamlMap& map, SchemeConfig& scheme) {
  scheme.bits = static_cast<unsigned>(map.optional_uint("bits", 1, kMaxWeightBits, scheme.bits));
  scheme.scale = map.optional_choice<ScaleMode>(
      "scale", {{"per_channel", ScaleMode::kPerChannel}, {"per_layer", ScaleMode::kPerLayer}},
      scheme.scale);
}

/// Lengths that share the batch norm of a group are drawn alike, so each belongs to one group.
void read_groups(YamlMap& map, SchemeConfig& scheme) {
  const YamlValue value = map.required("groups");
  std::vector<unsigned> seen;
  for (const YamlValue& entry : value.as_list(1, scheme.bits)) {
    scheme.groups.push_back(read_lengths(entry, scheme.bits));
    for (const unsigned t : scheme.groups.back()) {
      if (std::find(seen.begin(), seen.end(), t) != seen.end())
        entry.fail_rule(fmt::format("found {} in two groups; allowed: each length once", t));
      seen.push_back(t);
    }
  }
  scheme.shared_norm_from = static_cast<unsigned>(
      map.optional_uint("shared_norm_from", 1, scheme.bits + 1, scheme.bits + 1));
  for (unsigned t = 1; t <= scheme.bits; ++t) {
    if (std::find(seen.begin(), seen.end(), t) == seen.end())
      value.fail_rule(
          fmt::format("length {} is missing; allowed: 1 to {}, each once", t, scheme.bits));
  }
}

/// Batch norm that lengths share is not to be trained for one of them.
void check_own_norms(const YamlValue& value, const SchemeConfig& scheme) {
  for (const unsigned t : scheme.norms.lengths) {
    if (t >= scheme.shared_norm_from)
      value.fail_rule(fmt::format("length {}; allowed: below shared_norm_from, {}", t,
                                  scheme.shared_norm_from));
  }
}

DfpPolicyConfig read_policy(YamlMap& map) {
  DfpPolicyConfig policy;
  policy.policy = map.optional_choice<DfpPolicy>("policy",
                                                 {{"maximum", DfpPolicy::kMaximum},
                                                  {"constant", DfpPolicy::kConstant},
                                                  {"min_error", DfpPolicy::kMinimumError},
                                                  {"overflow_rate", DfpPolicy::kOverflowRate}},
                                                 policy.policy);
  const auto integer = [&](const char* key, int fallback) {
    const auto value = map.optional(key);
    return value ? static_cast<int>(value->as_int(-32, 32)) : fallback;
  };
  if (policy.policy == DfpPolicy::kConstant) policy.beta = integer("beta", policy.beta);
  if (policy.policy == DfpPolicy::kMinimumError) {
    policy.beta_low = integer("beta_low", policy.beta_low);
    policy.beta_high = integer("beta_high", policy.beta_high);
    if (policy.beta_low > policy.beta_high)
      map.fail_rule("beta_low", "above beta_high; allowed: at most beta_high");
  }
  if (policy.policy == DfpPolicy::kOverflowRate)
    policy.rate = map.optional_number("rate", 0.0, 0.999, policy.rate);
  return policy;
}

DfpClassConfig read_dfp_class(YamlMap map) {
  DfpClassConfig config;
  config.exponent = read_policy(map);
  config.rounding = map.optional_choice<Rounding>("rounding", kRoundings, config.rounding);
  map.finish();
  return config;
}

PositFormat read_format(const YamlValue& value) {
  const std::vector<YamlValue> parts = value.as_list(2, 2);
  return {static_cast<unsigned>(parts[0].as_uint(3, 16)),
          static_cast<unsigned>(parts[1].as_uint(0, 2))};
}

void read_posit(YamlMap& map, PositConfig& posit) {
  const auto format = [&](const char* key, PositFormat& into) {
    if (const auto value = map.optional(key)) into = read_format(*value);
  };
  format("weights", posit.weights);
  format("activations", posit.activations);
  format("errors", posit.errors);
  format("weight_gradients", posit.weight_gradients);
  posit.mode.rounding = map.optional_choice<PositRounding>(
      "rounding",
      {{"nearest_even", PositRounding::kNearestEven}, {"toward_zero", PositRounding::kTowardZero}},
      posit.mode.rounding);
  posit.mode.underflow = map.optional_choice<PositUnderflow>(
      "underflow", {{"minpos", PositUnderflow::kToMinpos}, {"zero", PositUnderflow::kToZero}},
      posit.mode.underflow);
  posit.scaling = map.optional_choice<PositScale>("scaling",
                                                  {{"none", PositScale::kNone},
                                                   {"formula", PositScale::kFormula},
                                                   {"min_error", PositScale::kMinError}},
                                                  posit.scaling);
  if (const auto sigma = map.optional("sigma"))
    posit.sigma = static_cast<int>(sigma->as_int(-64, 64));
  posit.warmup_epochs = map.optional_uint("warmup_epochs", 0, 1000, posit.warmup_epochs);
}

}  // namespace

const char* method_name(Method method) {
  for (const auto& [name, value] : kMethods) {
    if (value == method) return name.c_str();
  }
  throw InvariantError("method out of range");
}

void read_scheme(YamlMap map, SchemeConfig& scheme) {
  scheme.method = map.required_choice<Method>("method", kMethods);
  switch (scheme.method) {
    case Method::kFloat:
    case Method::kOneBit:
      break;
    case Method::kBwb:
      read_bits(map, scheme);
      if (const auto norms = map.optional("norms"))
        read_norms(YamlMap(*norms), scheme.bits, scheme.norms);
      break;
    case Method::kBwbSampled:
      read_bits(map, scheme);
      read_groups(map, scheme);
      if (const auto norms = map.optional("norms")) {
        read_norms(YamlMap(*norms), scheme.bits, scheme.norms);
        check_own_norms(*norms, scheme);
      }
      break;
    case Method::kScaled:
      read_bits(map, scheme);
      scheme.scale = ScaleMode::kPerLayer;
      scheme.encoding = map.optional_choice<WeightFormat>(
          "encoding",
          {{"twos_complement", WeightFormat::kTwosComplement}, {"bwb", WeightFormat::kBwb}},
          scheme.encoding);
      scheme.alpha = map.optional_flag("alpha", scheme.alpha);
      scheme.norm_per_length = map.optional_flag("norm_per_length", scheme.norm_per_length);
      scheme.clip_rms = map.optional_number("clip_rms", 1.0, 100.0, scheme.clip_rms);
      break;
    case Method::kDfp:
      for (auto [key, into] : {std::pair{"weights", &scheme.weights},
                               {"activations", &scheme.activations},
                               {"gradients", &scheme.gradients}}) {
        if (const auto value = map.optional(key)) *into = read_dfp_class(YamlMap(*value));
      }
      break;
    case Method::kPosit:
      read_posit(map, scheme.posit);
      break;
  }
  map.finish();
}

}  // namespace absim::models::train
