// SPDX-License-Identifier: Apache-2.0
// absim quantize: float weights to a dump.
#include <fmt/format.h>

#include <filesystem>

#include "models/core/staged_directory.hpp"
#include "models/network/cifar10.hpp"
#include "models/quantize/quantize.hpp"
#include "sim/app/command.hpp"
#include "sim/app/quantize_options.hpp"
#include "sim/sweep/progress.hpp"

namespace absim::app {
namespace {

/// A folder of CIFAR-10 batches means its training split.
models::ImageSet calibration_images(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return models::read_cifar10_directory(path, models::Split::kTrain);
  }
  return models::read_image_set(path);
}

void print_layers(const models::QuantizeReport& report) {
  fmt::print("{:<20} {:>8} {:>5} {:>10} {:>8} {:>5} {:>10}\n", "layer", "weights", "beta",
             "SQNR dB", "output", "beta", "SQNR dB");
  for (const models::LayerReport& layer : report) {
    fmt::print("{:<20} {:>8} {:>5} {:>10.1f} {:>8} {:>5} {:>10.1f}\n", layer.layer,
               layer.weight.exponent, layer.weight.beta, layer.weight_sqnr_db,
               layer.output.exponent, layer.output.beta, layer.output_sqnr_db);
  }
}

models::QuantizedNetwork quantize_network(const po::variables_map& values,
                                          const models::FloatNetwork& network,
                                          const models::QuantizeOptions& options) {
  const models::ImageSet images =
      calibration_images(required(values, "calibration", "--calibration"));
  const std::size_t lengths = models::is_bit_serial(options.format) ? options.bits : 1;
  const std::size_t steps = network.graph.layers.size() * lengths;
  sim::Progress progress("layers calibrated", steps, values.count("quiet") != 0);
  models::QuantizeReport report;
  const auto set = [&](std::size_t done, std::size_t) { progress.set(static_cast<double>(done)); };
  models::QuantizedNetwork quantized = models::quantize(network, images, options, set, &report);
  if (values.count("layers") != 0) print_layers(report);
  return quantized;
}

double percent(const models::Accuracy& accuracy) {
  return 100.0 * static_cast<double>(accuracy.top1) / static_cast<double>(accuracy.images);
}

/// Top-1 of the float network and at every truncation length.
void print_accuracy(const models::QuantizedNetwork& quantized, const models::ImageSet& test,
                    unsigned threads) {
  fmt::print("float: {:.2f} % top-1 of {} images\n", quantized.float_top1_percent, test.count);
  for (unsigned t = models::least_truncation(quantized); t <= quantized.bits; ++t) {
    const models::FastInference inference(quantized, t);
    const models::Accuracy accuracy =
        models::evaluate(inference, test, quantized.graph.classes, threads);
    fmt::print("t = {}: {:.2f} %\n", t, percent(accuracy));
    std::fflush(stdout);
  }
}

int run(const Arguments& arguments) {
  po::options_description options("Options");
  add_quantize_options(options);
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
