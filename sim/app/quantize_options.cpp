// SPDX-License-Identifier: Apache-2.0
#include "sim/app/quantize_options.hpp"

#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace absim::app {
namespace {

constexpr int kMaxBeta = 32;  // of S-DFP exponents, either sign
constexpr int kMaxSigma = 16;

[[noreturn]] void refuse(const char* name, const std::string& found, const std::string& allowed) {
  throw UsageError(fmt::format("--{}: found '{}'; allowed: {}", name, found, allowed));
}

std::uint64_t number(const po::variables_map& values, const char* name, std::uint64_t min,
                     std::uint64_t max) {
  const std::string text = values[name].as<std::string>();
  std::uint64_t found = 0;
  const std::from_chars_result result =
      std::from_chars(text.data(), text.data() + text.size(), found);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || found < min ||
      found > max) {
    refuse(name, text, fmt::format("{}..{}", min, max));
  }
  return found;
}

bool choice(const po::variables_map& values, const char* name, const char* first,
            const char* second) {
  const std::string text = values[name].as<std::string>();
  if (text != first && text != second) refuse(name, text, fmt::format("{}, {}", first, second));
  return text == first;
}

/// A whole number of a longer text; false where the text is none or it is out of range.
bool whole(const std::string& text, int low, int high, int& value) {
  const std::from_chars_result result =
      std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size() && value >= low &&
         value <= high;
}

/// Text before and after the first `mark`; after is empty where there is none.
std::pair<std::string, std::string> split(const std::string& text, const std::string& mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + mark.size())};
}

/// Refuses an option that the chosen format has no use for.
void only_for(const po::variables_map& values, const char* name, bool allowed,
              const char* formats) {
  if (values[name].empty() || values[name].defaulted() || allowed) return;
  refuse(name, values[name].as<std::string>(), fmt::format("it is for {}", formats));
}

void read_format(const po::variables_map& values, models::QuantizeOptions& options) {
  const std::string text = values["format"].as<std::string>();
  const auto [kind, rest] = split(text, ":");
  if (text == "bwb" || text == "twos_complement") {
    options.format =
        text == "bwb" ? models::WeightFormat::kBwb : models::WeightFormat::kTwosComplement;
    options.bits = static_cast<unsigned>(number(values, "bits", 1, models::kMaxWeightBits));
    return;
  }
  if (text == "dfp:8" || text == "sdfp:8") {
    options.format = models::WeightFormat::kDfp;
    options.bits = models::kDfpBits;
    if (kind == "sdfp") options.exponents.policy = models::DfpPolicy::kMinimumError;
    return;
  }
  if (kind == "posit") {
    const auto [n_text, es_text] = split(rest, ",");
    int n = 0;
    int es = 0;
    if (!whole(n_text, 3, 16, n) || !whole(es_text, 0, 2, es)) {
      refuse("format", text, "posit:n,es with n 3..16 and es 0..2");
    }
    options.format = models::WeightFormat::kPosit;
    options.bits = static_cast<unsigned>(n);
    options.posit = {static_cast<unsigned>(n), static_cast<unsigned>(es)};
    return;
  }
  refuse("format", text, "bwb, twos_complement, dfp:8, sdfp:8, posit:n,es");
}

/// maximum | constant:B | min_error[:LO..HI] | overflow_rate:R
models::DfpPolicyConfig read_policy(const std::string& text) {
  constexpr const char* kName = "exponent-policy";
  const auto [kind, rest] = split(text, ":");
  models::DfpPolicyConfig config;
  if (text == "maximum") {
    config.policy = models::DfpPolicy::kMaximum;
  } else if (kind == "constant") {
    config.policy = models::DfpPolicy::kConstant;
    if (!whole(rest, -kMaxBeta, kMaxBeta, config.beta)) {
      refuse(kName, text, fmt::format("constant:B with B {}..{}", -kMaxBeta, kMaxBeta));
    }
  } else if (kind == "min_error") {
    config.policy = models::DfpPolicy::kMinimumError;
    if (text != kind) {
      const auto [low, high] = split(rest, "..");
      if (!whole(low, -kMaxBeta, kMaxBeta, config.beta_low) ||
          !whole(high, config.beta_low, kMaxBeta, config.beta_high)) {
        refuse(kName, text,
               fmt::format("min_error:LO..HI with {} <= LO <= HI <= {}", -kMaxBeta, kMaxBeta));
      }
    }
  } else if (kind == "overflow_rate") {
    config.policy = models::DfpPolicy::kOverflowRate;
    std::size_t used = 0;
    try {
      config.rate = std::stod(rest, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != rest.size() || !(config.rate >= 0.0 && config.rate < 1.0)) {
      refuse(kName, text, "overflow_rate:R with 0 <= R < 1");
    }
  } else {
    refuse(kName, text, "maximum, constant:B, min_error[:LO..HI], overflow_rate:R");
  }
  return config;
}

models::Rounding read_rounding(const std::string& text) {
  using models::Rounding;
  std::string allowed;
  for (const Rounding rounding : {Rounding::kNearestEven, Rounding::kHalfAway, Rounding::kHalfUp,
                                  Rounding::kFloor, Rounding::kTowardZero}) {
    if (text == models::rounding_name(rounding)) return rounding;
    allowed += (allowed.empty() ? "" : ", ") + std::string(models::rounding_name(rounding));
  }
  refuse("rounding", text, allowed);
}

/// formula[:SIGMA] | min_error | none
void read_posit_scale(const std::string& text, models::QuantizeOptions& options) {
  const auto [kind, rest] = split(text, ":");
  if (kind == "formula") {
    options.posit_scale = models::PositScale::kFormula;
    if (text != kind && !whole(rest, -kMaxSigma, kMaxSigma, options.posit_sigma)) {
      refuse("posit-scale", text,
             fmt::format("formula:SIGMA with SIGMA {}..{}", -kMaxSigma, kMaxSigma));
    }
  } else if (text == "min_error") {
    options.posit_scale = models::PositScale::kMinError;
  } else if (text == "none") {
    options.posit_scale = models::PositScale::kNone;
  } else {
    refuse("posit-scale", text, "formula[:SIGMA], min_error, none");
  }
}

void read_parallel(const po::variables_map& values, models::QuantizeOptions& options) {
  const std::string format = values["format"].as<std::string>();
  const bool serial = models::is_bit_serial(options.format);
  const bool posit = options.format == models::WeightFormat::kPosit;
  const bool sdfp = format.rfind("sdfp", 0) == 0;
  for (const char* name : {"bits", "scales", "alpha"}) {
    only_for(values, name, serial, "bwb and twos_complement");
  }
  only_for(values, "exponent-policy", sdfp, "sdfp:8");
  only_for(values, "rounding", !serial && !posit, "dfp:8 and sdfp:8");
  only_for(values, "posit-scale", posit, "posit:n,es");
  only_for(values, "bias-correction", !serial, "bit-parallel formats");
  if (values.count("layers") != 0 && serial) {
    throw UsageError("--layers: found with --format " + format +
                     "; allowed: with bit-parallel formats");
  }
  if (sdfp) options.exponents = read_policy(values["exponent-policy"].as<std::string>());
  options.rounding = read_rounding(values["rounding"].as<std::string>());
  read_posit_scale(values["posit-scale"].as<std::string>(), options);
  options.correct_bias = choice(values, "bias-correction", "on", "off");
  if (serial) return;
  // Bit-parallel formats have one length: trained statistics serve, and fewer images do.
  if (values["batch-norm"].defaulted()) options.reestimate_batch_norm = false;
  if (values["images"].defaulted()) options.calibration_images = models::kParallelCalibrationImages;
}

}  // namespace

models::QuantizeOptions quantize_options(const po::variables_map& values) {
  models::QuantizeOptions options;
  read_format(values, options);
  options.scale = choice(values, "scales", "per_channel", "per_layer")
                      ? models::ScaleMode::kPerChannel
                      : models::ScaleMode::kPerLayer;
  options.calibration_images = number(values, "images", 1, 100000000);
  options.seed = number(values, "seed", 0, ~std::uint64_t{0});
  options.reestimate_batch_norm = choice(values, "batch-norm", "measured", "trained");
  options.alpha = choice(values, "alpha", "on", "off");
  options.max_shift_pixels = static_cast<unsigned>(number(values, "shift", 0, 16));
  options.flip = choice(values, "flip", "on", "off");
  options.augment = options.flip || options.max_shift_pixels > 0;
  options.threads = jobs_of(values);
  options.provenance = values.count("provenance") != 0
                           ? values["provenance"].as<std::string>()
                           : "float weights " + values["weights"].as<std::string>();
  read_parallel(values, options);
  return options;
}

void add_quantize_options(po::options_description& options) {
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("network", text()->value_name("N.yaml"), "network graph (required)")(
      "weights", text()->value_name("W.safetensors"), "float weights (required)")(
      "format", text()->value_name("F"),
      "bwb, twos_complement, dfp:8, sdfp:8 or posit:n,es (required)")(
      "out", text()->value_name("DUMP"), "directory to write (required)")(
      "calibration", text()->value_name("DATA"),
      "images to calibrate on (required): safetensors set, CIFAR-10 batch, or a folder of batches "
      "(its training split)")("images", text()->value_name("N")->default_value("4096"),
                              "calibration images, drawn at random (bit-parallel formats: 512)")(
      "bits", text()->value_name("B")->default_value("8"),
      "bits of a bwb or twos_complement weight, 1..8")(
      "scales", text()->value_name("S")->default_value("per_channel"),
      "weight scales of bwb and twos_complement: per_channel or per_layer")(
      "batch-norm", text()->value_name("B")->default_value("measured"),
      "mean and variance at every truncation length: measured anew, or trained (default of "
      "bit-parallel formats)")("alpha", text()->value_name("A")->default_value("on"),
                               "least-squares factor on truncated weights: on or off")(
      "exponent-policy", text()->value_name("P")->default_value("min_error"),
      "exponents of sdfp: maximum, constant:B, min_error[:LO..HI] or overflow_rate:R")(
      "rounding", text()->value_name("R")->default_value("nearest_even"),
      "of dfp and sdfp: nearest_even, half_away, half_up, floor or toward_zero")(
      "posit-scale", text()->value_name("S")->default_value("min_error"),
      "power of two of each posit tensor: formula[:SIGMA], min_error or none")(
      "bias-correction", text()->value_name("C")->default_value("on"),
      "bit-parallel offsets keep the float network's channel means: on or off")(
      "layers", "prints scales and signal-to-error ratios by layer (bit-parallel formats)")(
      "shift", text()->value_name("P")->default_value("4"),
      "calibration images are shifted at random by up to P pixels, 0..16")(
      "flip", text()->value_name("F")->default_value("on"),
      "calibration images are mirrored at random: on or off")(
      "seed", text()->value_name("N")->default_value("1"), "of the drawing")(
      "test", text()->value_name("DATA"),
      "test images: prints top-1 of the float network and at every truncation length")(
      "provenance", text()->value_name("TEXT"), "where the weights came from, one line")(
      "jobs", text()->value_name("N"), "threads (default: one for each core)")(
      "force", "replace an earlier dump")("quiet", "no progress and no remarks");
}

}  // namespace absim::app
