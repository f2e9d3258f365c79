// SPDX-License-Identifier: Apache-2.0
// absim quantize: float weights to a dump.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "models/core/staged_directory.hpp"
#include "models/network/cifar10.hpp"
#include "models/quantize/quantize.hpp"
#include "sim/app/command.hpp"
#include "sim/sweep/progress.hpp"

namespace absim::app {
namespace {

std::uint64_t number(const po::variables_map& values, const char* name, std::uint64_t min,
                     std::uint64_t max) {
  const std::string text = values[name].as<std::string>();
  std::uint64_t found = 0;
  const std::from_chars_result result =
      std::from_chars(text.data(), text.data() + text.size(), found);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || found < min ||
      found > max) {
    throw UsageError(fmt::format("--{}: found '{}'; allowed: {}..{}", name, text, min, max));
  }
  return found;
}

bool choice(const po::variables_map& values, const char* name, const char* first,
            const char* second) {
  const std::string text = values[name].as<std::string>();
  if (text != first && text != second) {
    throw UsageError(fmt::format("--{}: found '{}'; allowed: {}, {}", name, text, first, second));
  }
  return text == first;
}

models::QuantizeOptions quantize_options(const po::variables_map& values) {
  models::QuantizeOptions options;
  options.format = choice(values, "format", "bwb", "twos_complement")
                       ? models::WeightFormat::kBwb
                       : models::WeightFormat::kTwosComplement;
  options.scale = choice(values, "scales", "per_channel", "per_layer")
                      ? models::ScaleMode::kPerChannel
                      : models::ScaleMode::kPerLayer;
  options.bits = static_cast<unsigned>(number(values, "bits", 1, models::kMaxWeightBits));
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
  return options;
}

/// A folder of CIFAR-10 batches means its training split.
models::ImageSet calibration_images(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return models::read_cifar10_directory(path, models::Split::kTrain);
  }
  return models::read_image_set(path);
}

models::QuantizedNetwork quantize_network(const po::variables_map& values,
                                          const models::FloatNetwork& network,
                                          const models::QuantizeOptions& options) {
  const models::ImageSet images =
      calibration_images(required(values, "calibration", "--calibration"));
  const std::size_t steps = network.graph.layers.size() * options.bits;
  sim::Progress progress("layers calibrated", steps, values.count("quiet") != 0);
  return models::quantize(network, images, options, [&](std::size_t done, std::size_t) {
    progress.set(static_cast<double>(done));
  });
}

double percent(const models::Accuracy& accuracy) {
  return 100.0 * static_cast<double>(accuracy.top1) / static_cast<double>(accuracy.images);
}

/// Top-1 of the float network and at every truncation length.
void print_accuracy(const models::QuantizedNetwork& quantized, const models::ImageSet& test,
                    unsigned threads) {
  fmt::print("float: {:.2f} % top-1 of {} images\n", quantized.float_top1_percent, test.count);
  for (unsigned t = 1; t <= quantized.bits; ++t) {
    const models::FastInference inference(quantized, t);
    const models::Accuracy accuracy =
        models::evaluate(inference, test, quantized.graph.classes, threads);
    fmt::print("t = {}: {:.2f} %\n", t, percent(accuracy));
    std::fflush(stdout);
  }
}

void add_options(po::options_description& options) {
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("network", text()->value_name("N.yaml"), "network graph (required)")(
      "weights", text()->value_name("W.safetensors"), "float weights (required)")(
      "format", text()->value_name("F"), "bwb or twos_complement (required)")(
      "out", text()->value_name("DUMP"), "directory to write (required)")(
      "calibration", text()->value_name("DATA"),
      "images to calibrate on (required): safetensors set, CIFAR-10 batch, or a folder of batches "
      "(its training split)")("images", text()->value_name("N")->default_value("4096"),
                              "calibration images, drawn at random")(
      "bits", text()->value_name("B")->default_value("8"), "bits of a weight, 1..8")(
      "scales", text()->value_name("S")->default_value("per_channel"),
      "weight scales: per_channel or per_layer")(
      "batch-norm", text()->value_name("B")->default_value("measured"),
      "mean and variance at every truncation length: measured anew, or trained")(
      "alpha", text()->value_name("A")->default_value("on"),
      "least-squares factor on truncated weights: on or off")(
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

int run(const Arguments& arguments) {
  po::options_description options("Options");
  add_options(options);
  po::variables_map values;
  if (!parse(kQuantize, arguments, options, nullptr, 0, values)) return kOk;
  const std::string out = required(values, "out", "--out");
  required(values, "format", "--format");
  const models::Graph graph = models::read_graph(required(values, "network", "--network"));
  const models::FloatNetwork network =
      models::read_float_network(graph, required(values, "weights", "--weights"));
  const models::QuantizeOptions chosen = quantize_options(values);
  const bool replace = values.count("force") != 0;
  StagedDirectory::check_target(out, replace, "network.yaml");  // before the long part

  models::QuantizedNetwork quantized = quantize_network(values, network, chosen);
  if (values.count("test") != 0) {
    const models::ImageSet test = models::read_image_set(values["test"].as<std::string>());
    quantized.float_top1_percent =
        percent(models::evaluate(models::FloatInference(network), test, chosen.threads));
    print_accuracy(quantized, test, chosen.threads);
  }
  models::write_dump(out, quantized, replace);
  remark(values, "dump written to " + out);
  return kOk;
}

}  // namespace

const Command kQuantize = {"quantize",
                           "--network N.yaml --weights W.safetensors --format F --calibration DATA "
                           "--out DUMP [OPTIONS]",
                           "turn float weights into a dump", run};

}  // namespace absim::app
