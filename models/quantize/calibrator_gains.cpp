// SPDX-License-Identifier: Apache-2.0
// Gains and offsets of a layer in real units: batch norm, measured anew or as trained, or none.
#include <cmath>

#include "models/quantize/calibrator.hpp"

namespace absim::models {

/// Of a kLinear layer, batch norm sees the pixels before their average: gains that hold for each
/// pixel hold for the mean of the pixels.
RealPostproc Calibrator::real_gains(Job& job) {
  const FloatLayer& values = network_.layers[job.index];
  const LengthValues& own = values.length(job.truncation);
  const std::vector<float>& bias = own.bias.empty() ? values.bias : own.bias;
  if (!values.batch_norm) {
    if (job.layer->shared_kernel()) reduce_pixels(job);
    return plain_gains(job, accumulator_statistics(job));
  }
  RealPostproc real = batch_norm_gains(job, own.batch_norm ? *own.batch_norm : *values.batch_norm,
                                       bias, accumulator_statistics(job));
  if (job.layer->shared_kernel()) {
    const auto pixels = static_cast<double>(job.layer->in.pixels());
    for (double& gain : real.gain) gain /= pixels;
    for (double& centre : real.centre) centre *= pixels;
    reduce_pixels(job);
  }
  return real;
}

/// z = gamma (y - mean) / sqrt(variance + epsilon) + beta, with y = step * x + bias; measured anew,
/// a bias is part of the mean and so drops out.
RealPostproc Calibrator::batch_norm_gains(const Job& job, const BatchNorm& bn,
                                          const std::vector<float>& bias,
                                          const ChannelStatistics& statistics) const {
  RealPostproc real;
  for (std::size_t c = 0; c < job.step.size(); ++c) {
    const double step = job.step[c];
    const double centre = statistics.mean(c);
    const double variance = options_.reestimate_batch_norm ? step * step * statistics.variance(c)
                                                           : static_cast<double>(bn.variance[c]);
    const double gain = bn.gamma[c] / std::sqrt(variance + network_.graph.bn_epsilon);
    double offset = bn.beta[c];
    if (!options_.reestimate_batch_norm) {
      const double constant = bias.empty() ? 0.0 : static_cast<double>(bias[c]);
      offset += gain * (step * centre + constant - static_cast<double>(bn.mean[c]));
    }
    real.gain.push_back(gain * step);
    real.centre.push_back(centre);
    real.offset.push_back(offset);
  }
  return real;
}

/// Without batch norm the longest length is the norm: shorter ones get its mean and spread per
/// channel, unless they were trained to have their own.
RealPostproc Calibrator::plain_gains(const Job& job, const ChannelStatistics& statistics) {
  const FloatLayer& values = network_.layers[job.index];
  const LengthValues& own = values.length(job.truncation);
  const std::vector<float>& bias = own.bias.empty() ? values.bias : own.bias;
  const bool trained = !own.bias.empty() || !own.alpha.empty();
  Reference& reference = reference_[job.index];
  const bool longest = job.truncation == options_.bits;
  if (longest) reference = {};
  RealPostproc real;
  for (std::size_t c = 0; c < job.step.size(); ++c) {
    const double centre = statistics.mean(c);
    double gain = job.step[c];
    double mean = gain * centre;
    const double deviation = std::fabs(gain) * std::sqrt(statistics.variance(c));
    if (longest) {
      reference.mean.push_back(mean);
      reference.deviation.push_back(deviation);
    } else if (options_.reestimate_batch_norm && !trained) {
      mean = reference.mean[c];
      if (deviation > 0.0) gain *= reference.deviation[c] / deviation;
    }
    real.gain.push_back(gain);
    real.centre.push_back(centre);
    real.offset.push_back(mean + (bias.empty() ? 0.0 : static_cast<double>(bias[c])));
  }
  return real;
}

}  // namespace absim::models
