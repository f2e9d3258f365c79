// SPDX-License-Identifier: Apache-2.0
// What training does without libtorch: configuration, augmentation, schedule.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include "models/core/error.hpp"
#include "models/train/augment.hpp"
#include "models/train/config.hpp"
#include "models/train/schedule.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace absim::models;
using namespace absim::models::train;
using absim::ConfigError;
using absim::FormatError;
using absim::test::message_of;
using absim::test::TempDir;
using Catch::Matchers::Contains;

constexpr Normalisation kRaw{{0, 0, 0},
                             {1.0F / 255, 1.0F / 255, 1.0F / 255}};  // floats equal to the pixels
constexpr std::size_t kSide = 8;

/// Square images whose pixels are 1 .. 192, each once an image.
ImageSet numbered(std::size_t count) {
  ImageSet set{count, kSide, kSide, 3, {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    set.labels.push_back(static_cast<std::int32_t>(i % 10));
    for (std::size_t p = 0; p < kSide * kSide * 3; ++p)
      set.pixels.push_back(static_cast<std::uint8_t>(p + 1));
  }
  return set;
}

int rounded(float value) { return static_cast<int>(std::lround(value)); }

/// The shift and mirror that explain an augmented image, or nothing.
struct View {
  std::ptrdiff_t top;
  std::ptrdiff_t left;
  bool mirror;
};
std::vector<View> explanations(const float* image, std::size_t side, std::ptrdiff_t low,
                               std::ptrdiff_t high) {
  std::vector<View> views;
  const auto extent = static_cast<std::ptrdiff_t>(side);
  for (std::ptrdiff_t top = low; top <= high; ++top) {
    for (std::ptrdiff_t left = low; left <= high; ++left) {
      for (const bool mirror : {false, true}) {
        bool equal = true;
        for (std::ptrdiff_t i = 0; equal && i < extent * extent; ++i) {
          const std::ptrdiff_t y = i / extent + top;
          const std::ptrdiff_t x = (mirror ? extent - 1 - i % extent : i % extent) + left;
          const bool inside =
              std::min(y, x) >= 0 && std::max(y, x) < static_cast<std::ptrdiff_t>(kSide);
          const auto wanted =
              inside ? static_cast<int>((y * static_cast<std::ptrdiff_t>(kSide) + x) * 3 + 1) : 0;
          equal = rounded(image[3 * i]) == wanted &&
                  rounded(image[3 * i + 2]) == (inside ? wanted + 2 : 0);
        }
        if (equal) views.push_back({top, left, mirror});
      }
    }
  }
  return views;
}

/// The first line is taken by the network, so that complaints begin in line 2.
std::string config_complaint(const std::string& text) {
  const TempDir directory;
  const std::string path = directory.write("c.yaml", "network: n.yaml\n" + text);
  const std::string message = message_of<ConfigError>([&] { read_config(path); });
  return message.find(path) == 0 ? message.substr(path.size()) : message;
}

}  // namespace

TEST_CASE("The shipped recipes are read", "[train]") {
  const std::string folder = std::string(ABSIM_SOURCE_DIR) + "/configs/train/";
  const Config config = read_config(folder + "resnet20_float.yaml");
  CHECK_THAT(config.network, Catch::Matchers::EndsWith("/configs/network/resnet20_cifar10.yaml"));
  CHECK(config.scheme.method == Method::kFloat);
  CHECK(config.augment.early_epochs < config.epochs);
  CHECK(config.text.find("epochs:") != std::string::npos);
  const Config progressive = read_config(folder + "resnet20_progressive.yaml");
  CHECK(progressive.scheme.method == Method::kBwb);
  CHECK(progressive.scheme.norms.lengths.size() == 7);
  const Config sampled = read_config(folder + "resnet20_sampled.yaml");
  CHECK(sampled.scheme.groups.front() == std::vector<unsigned>{1, 2, 3});
  CHECK(sampled.scheme.norms.lengths == std::vector<unsigned>{1, 2});
  CHECK(sampled.distill.teacher == sampled.start_from);
}

TEST_CASE("A wrong training configuration is refused with place and key", "[train]") {
  CHECK(config_complaint("epochs: 5\n") == "(no error)");
  CHECK_THAT(config_complaint("epochs: 5\nsed: 1\n"), Contains(":3:1: sed: ") && Contains("seed"));
  CHECK_THAT(config_complaint("augment:\n  flop: off\n"),
             Contains(":3:3: augment.flop: ") && Contains("flip"));
  CHECK_THAT(config_complaint("epochs: 0\n"), Contains(":2:9: epochs: ") && Contains("1"));
  CHECK_THAT(config_complaint("epochs: -1\n"), Contains(":2:9: epochs: "));
  CHECK_THAT(config_complaint("optimizer: {momentum: 1}\n"), Contains("optimizer.momentum"));
  CHECK_THAT(config_complaint("augment: {flip: sideways}\n"),
             Contains("augment.flip") && Contains("alternating"));
  CHECK_THAT(config_complaint("augment: {early_crop: 21}\n"),
             Contains("early_crop") && Contains("multiple of 4"));
  CHECK_THAT(config_complaint("epochs: 3\noptimizer: {warmup_epochs: 3}\n"),
             Contains("less than epochs"));
  CHECK_THAT(config_complaint("optimizer: {learning_rate: 0.1, end_rate: 0.2}\n"),
             Contains("optimizer.end_rate") && Contains("at most learning_rate"));
  CHECK_THAT(message_of<ConfigError>([] { read_config("/nonexistent.yaml"); }),
             Contains("/nonexistent.yaml: cannot be read"));
}

TEST_CASE("A wrong training scheme is refused with place and key", "[train]") {
  const auto complaint = [](const std::string& scheme) {
    return config_complaint("scheme: " + scheme + "\n");
  };
  CHECK(complaint("{method: one_bit}") == "(no error)");
  CHECK_THAT(complaint("{method: bvb}"), Contains("scheme.method") && Contains("bwb_sampled"));
  CHECK_THAT(complaint("{method: float, bits: 8}"), Contains("scheme.bits"));
  CHECK_THAT(complaint("{method: bwb, norms: {lengths: [1, 9]}}"),
             Contains("scheme.norms.lengths[1]") && Contains("8"));
  CHECK_THAT(complaint("{method: bwb, norms: {lengths: [1, 1]}}"), Contains("each length once"));
  CHECK_THAT(complaint("{method: bwb_sampled, bits: 3, groups: [[1], [2]]}"),
             Contains("length 3 is missing"));
  CHECK_THAT(complaint("{method: bwb_sampled, bits: 2, groups: [[1, 2], [2]]}"),
             Contains("found 2 in two groups"));
  CHECK_THAT(complaint("{method: bwb_sampled, bits: 2, groups: [[1, 2]], shared_norm_from: 2, "
                       "norms: {lengths: [1, 2]}}"),
             Contains("scheme.norms: length 2") && Contains("below shared_norm_from, 2"));
  CHECK_THAT(complaint("{method: dfp, weights: {policy: min_error, beta_low: 1, beta_high: 0}}"),
             Contains("scheme.weights.beta_low"));
  CHECK_THAT(complaint("{method: dfp, gradients: {policy: maximum, rate: 0.1}}"),
             Contains("scheme.gradients.rate"));
  CHECK_THAT(complaint("{method: posit, errors: [17, 1]}"), Contains("scheme.errors[0]"));
  CHECK_THAT(complaint("{method: scaled, clip_rms: 0.5}"), Contains("scheme.clip_rms"));
}

TEST_CASE("The held-out images are balanced, apart from the rest, and depend on the seed",
          "[train]") {
  const ImageSet set = numbered(400);
  const SplitIndices split = split_held_out(set, 100, 3);
  REQUIRE(split.held_out.size() == 100);
  std::vector<int> count(10, 0);
  std::set<std::size_t> all(split.train.begin(), split.train.end());
  for (const std::size_t i : split.held_out) {
    ++count.at(static_cast<std::size_t>(set.labels[i]));
    all.insert(i);
  }
  REQUIRE(count == std::vector<int>(10, 10));
  REQUIRE(all.size() == 400);
  REQUIRE(split_held_out(set, 100, 3).held_out == split.held_out);
  REQUIRE(split_held_out(set, 100, 4).held_out != split.held_out);
  REQUIRE_THAT(message_of<FormatError>([&] { split_held_out(set, 410, 3); }),
               Contains("40 of class 0; allowed: at least 41"));
}

TEST_CASE("Labels beyond the classes are refused", "[train]") {
  REQUIRE_THAT(message_of<FormatError>([] { split_held_out(numbered(100), 20, 3, 5); }),
               Contains("allowed: 0 to 4"));
}

TEST_CASE("Each epoch has its own order of the same images", "[train]") {
  std::vector<std::size_t> indices{4, 8, 15, 16, 23, 42, 99, 100};
  const auto first = epoch_order(indices, 1, 0);
  REQUIRE(first == epoch_order(indices, 1, 0));
  REQUIRE(first != epoch_order(indices, 1, 1));
  REQUIRE(std::is_permutation(first.begin(), first.end(), indices.begin(), indices.end()));
}

TEST_CASE("An augmented image is a shifted, perhaps mirrored one with a black border", "[train]") {
  constexpr unsigned kSeed = 9;
  CAPTURE(kSeed);
  const ImageSet set = numbered(300);
  AugmentConfig augment;
  augment.pad = 2;
  augment.flip = GENERATE(Flip::kOff, Flip::kRandom, Flip::kAlternating);
  const BatchMaker maker(set, augment, kSeed, kRaw);
  const SplitIndices split = split_held_out(set, 10, kSeed);
  std::vector<float> images(split.train.size() * set.image_bytes());
  maker.augmented(split.train, 0, images);
  std::set<std::ptrdiff_t> tops;
  std::set<std::ptrdiff_t> lefts;
  std::size_t mirrored = 0;
  for (std::size_t i = 0; i < split.train.size(); ++i) {
    const auto views = explanations(images.data() + i * set.image_bytes(), kSide, -2, 2);
    REQUIRE(views.size() == 1);
    tops.insert(views[0].top);
    lefts.insert(views[0].left);
    mirrored += views[0].mirror ? 1 : 0;
  }
  REQUIRE(tops.size() == 5);
  REQUIRE(lefts.size() == 5);
  if (augment.flip == Flip::kOff) {
    REQUIRE(mirrored == 0);
  } else {
    REQUIRE(mirrored > 100);
    REQUIRE(mirrored < 190);
  }
}

TEST_CASE("Alternating mirrors each image in every second epoch", "[train]") {
  const ImageSet set = numbered(50);
  AugmentConfig augment;
  augment.pad = 0;
  const BatchMaker maker(set, augment, 5, kRaw);
  std::vector<std::size_t> indices(50);
  for (std::size_t i = 0; i < 50; ++i) indices[i] = i;
  std::vector<std::vector<bool>> mirrored;
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<float> images(50 * set.image_bytes());
    maker.augmented(indices, epoch, images);
    mirrored.emplace_back();
    for (std::size_t i = 0; i < 50; ++i)
      mirrored[epoch].push_back(rounded(images[i * set.image_bytes()]) != 1);
  }
  for (std::size_t i = 0; i < 50; ++i) REQUIRE(mirrored[0][i] != mirrored[1][i]);
  REQUIRE(mirrored[0] == mirrored[2]);
}

TEST_CASE("Early epochs see windows inside the image", "[train]") {
  const ImageSet set = numbered(200);
  AugmentConfig augment;
  augment.early_epochs = 2;
  augment.early_crop = 4;
  const BatchMaker maker(set, augment, 7, kRaw);
  REQUIRE(maker.side(1) == 4);
  REQUIRE(maker.side(2) == kSide);
  std::vector<std::size_t> indices(200);
  for (std::size_t i = 0; i < 200; ++i) indices[i] = i;
  std::vector<float> images(200 * 4 * 4 * 3);
  maker.augmented(indices, 1, images);
  std::set<std::ptrdiff_t> tops;
  for (std::size_t i = 0; i < 200; ++i) {
    const auto views = explanations(images.data() + i * 48, 4, -2, 6);
    REQUIRE(views.size() == 1);
    tops.insert(views[0].top);
  }
  REQUIRE(tops == std::set<std::ptrdiff_t>{0, 1, 2, 3, 4});
}

TEST_CASE("A plain image is the normalised image", "[train]") {
  const ImageSet set = numbered(2);
  const BatchMaker maker(set, {}, 1, kCifar10);
  std::vector<float> images(2 * set.image_bytes());
  const std::vector<std::size_t> indices{1, 0};
  maker.plain(indices, images);
  for (std::size_t p = 0; p < images.size(); ++p) {
    const std::size_t c = p % 3;
    const double wanted = (set.pixels[p] / 255.0 - static_cast<double>(kCifar10.mean[c])) /
                          static_cast<double>(kCifar10.std[c]);
    REQUIRE(static_cast<double>(images[p]) == Approx(wanted).margin(1e-5));
  }
}

TEST_CASE("The learning rate rises to its peak and ends at nothing", "[train]") {
  OptimizerConfig config;
  config.learning_rate = 0.4;
  config.warmup_epochs = 2;
  CHECK(learning_rate(config, 0, 100, 10) == Approx(0.04));
  CHECK(learning_rate(config, 100, 100, 10) == Approx(0.22));
  CHECK(learning_rate(config, 200, 100, 10) == Approx(0.4));
  CHECK(learning_rate(config, 600, 100, 10) == Approx(0.2));
  CHECK(learning_rate(config, 1000, 100, 10) == Approx(0.0).margin(1e-12));
  for (std::size_t step = 201; step <= 1000; ++step) {
    REQUIRE(learning_rate(config, step, 100, 10) < learning_rate(config, step - 1, 100, 10));
  }
}

TEST_CASE("Restarts bring the rate back to its peak after 1, 3, 7 ... cycles", "[train]") {
  OptimizerConfig config;
  config.learning_rate = 0.1;
  config.end_rate = 1e-4;
  config.warmup_epochs = 0;
  config.restart_epochs = 2;
  for (const std::size_t start : {0U, 2U, 6U})
    CHECK(learning_rate(config, start * 50, 50, 14) == Approx(0.1));
  for (const std::size_t end : {2U, 6U, 14U}) {
    CHECK(learning_rate(config, end * 50 - 1, 50, 14) < 0.001);
    CHECK(learning_rate(config, end * 50 - 1, 50, 14) > 1e-4);
  }
  CHECK(learning_rate(config, 4 * 50, 50, 14) == Approx((0.1 + 1e-4) / 2));
}

TEST_CASE("A cut-out is a square of mean colour, at another place in each epoch", "[train]") {
  const ImageSet set = numbered(200);
  AugmentConfig augment;
  augment.pad = 0;
  augment.flip = Flip::kOff;
  augment.cutout = 4;
  const BatchMaker maker(set, augment, 5, kRaw);
  std::vector<std::size_t> indices(200);
  for (std::size_t i = 0; i < 200; ++i) indices[i] = i;
  std::vector<float> images(200 * set.image_bytes());
  std::set<std::size_t> sizes;
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    maker.augmented(indices, epoch, images);
    for (std::size_t i = 0; i < 200; ++i) {
      std::size_t top = kSide, left = kSide, bottom = 0, right = 0, cut = 0;
      for (std::size_t p = 0; p < kSide * kSide; ++p) {
        const float* pixel = images.data() + i * set.image_bytes() + 3 * p;
        if (pixel[0] != 0.0F) {
          REQUIRE(rounded(pixel[0]) == static_cast<int>(3 * p + 1));
          continue;
        }
        REQUIRE(pixel[2] == 0.0F);
        ++cut;
        top = std::min(top, p / kSide);
        bottom = std::max(bottom, p / kSide + 1);
        left = std::min(left, p % kSide);
        right = std::max(right, p % kSide + 1);
      }
      REQUIRE(cut == (bottom - top) * (right - left));  // a whole rectangle
      REQUIRE(bottom - top <= 4);
      REQUIRE(right - left <= 4);
      sizes.insert(cut);
    }
  }
  REQUIRE(sizes.count(16) == 1);  // inside
  REQUIRE(sizes.size() > 3);      // and cut off by the border
}
