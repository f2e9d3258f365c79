// SPDX-License-Identifier: Apache-2.0
// Accuracy over a set of images. Threads take batches from one counter; the result is a sum of
// integers, so it depends neither on their number nor on their order.
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "models/core/error.hpp"
#include "models/inference/inference.hpp"

namespace absim::models {
namespace {

constexpr std::size_t kBatch = 16;  // images

/// What the threads of one evaluation share.
struct Evaluation {
  const FastInference& inference;
  const ImageSet& images;
  std::size_t classes;
  const std::function<void(std::size_t)>& progress;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;  // of what follows
  Accuracy accuracy;
  std::exception_ptr error;
};

Accuracy run_batch(const Evaluation& evaluation, std::size_t first, std::size_t count) {
  const ImageSet& images = evaluation.images;
  const Span<const std::uint8_t> pixels(images.pixels.data() + first * images.image_bytes(),
                                        count * images.image_bytes());
  const std::vector<std::int32_t> logits = evaluation.inference.logits(pixels, count);
  ABSIM_CHECK(logits.size() == count * evaluation.classes, "another number of classes");
  Accuracy accuracy{count, 0, 0};
  for (std::size_t i = 0; i < count; ++i) {
    const Span<const std::int32_t> row(logits.data() + i * evaluation.classes, evaluation.classes);
    const auto label = static_cast<std::size_t>(images.labels[first + i]);
    accuracy.top1 += in_top_k(row, label, 1) ? 1U : 0U;
    accuracy.top5 += in_top_k(row, label, 5) ? 1U : 0U;
  }
  return accuracy;
}

void work(Evaluation& evaluation) {
  try {
    for (;;) {
      const std::size_t first = evaluation.next.fetch_add(kBatch);
      if (first >= evaluation.images.count) return;
      const std::size_t count = std::min(kBatch, evaluation.images.count - first);
      const Accuracy batch = run_batch(evaluation, first, count);
      const std::lock_guard<std::mutex> lock(evaluation.mutex);
      evaluation.accuracy.images += batch.images;
      evaluation.accuracy.top1 += batch.top1;
      evaluation.accuracy.top5 += batch.top5;
      if (evaluation.progress) evaluation.progress(evaluation.accuracy.images);
    }
  } catch (...) {  // handed to the caller's thread
    const std::lock_guard<std::mutex> lock(evaluation.mutex);
    if (!evaluation.error) evaluation.error = std::current_exception();
    evaluation.next = evaluation.images.count;
  }
}

void check_labels(const ImageSet& images, std::size_t classes) {
  ABSIM_CHECK(images.labels.size() == images.count &&
                  images.pixels.size() == images.count * images.image_bytes(),
              "image set whose arrays do not fit its count");
  for (std::size_t i = 0; i < images.count; ++i) {
    const std::int32_t label = images.labels[i];
    if (label < 0 || static_cast<std::size_t>(label) >= classes) {
      throw ConfigError("dataset: image " + std::to_string(i) + ": found label " +
                        std::to_string(label) + "; allowed: 0.." + std::to_string(classes - 1));
    }
  }
}

}  // namespace

Accuracy evaluate(const FastInference& inference, const ImageSet& images, std::size_t classes,
                  unsigned threads, const std::function<void(std::size_t)>& progress) {
  check_labels(images, classes);
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t batches = (images.count + kBatch - 1) / kBatch;
  const std::size_t helpers = std::min<std::size_t>(threads, std::max<std::size_t>(batches, 1)) - 1;
  Evaluation evaluation{inference, images, classes, progress, {}, {}, {}, {}};
  std::vector<std::thread> pool;
  pool.reserve(helpers);
  for (std::size_t i = 0; i < helpers; ++i) pool.emplace_back([&] { work(evaluation); });
  work(evaluation);
  for (std::thread& thread : pool) thread.join();
  if (evaluation.error) std::rethrow_exception(evaluation.error);
  return evaluation.accuracy;
}

}  // namespace absim::models
