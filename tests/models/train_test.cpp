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

std::string config_complaint(const std::string& text) {
  const TempDir directory;
  const std::string path = directory.write("c.yaml", text);
  const std::string message = message_of<ConfigError>([&] { read_config(path); });
  return message.find(path) == 0 ? message.substr(path.size()) : message;
}

}  // namespace

TEST_CASE("The shipped recipe is read", "[train]") {
  const Config config =
      read_config(std::string(ABSIM_SOURCE_DIR) + "/configs/train/resnet20_float.yaml");
  CHECK(config.network == Network::kResNet20);
  CHECK(config.augment.early_epochs < config.epochs);
  CHECK(config.text.find("epochs:") != std::string::npos);
}

TEST_CASE("A wrong training configuration is refused with place and key", "[train]") {
  CHECK(config_complaint("epochs: 5\n") == "(no error)");
  CHECK_THAT(config_complaint("epochs: 5\nsed: 1\n"), Contains(":2:1: sed: ") && Contains("seed"));
  CHECK_THAT(config_complaint("augment:\n  flop: off\n"),
             Contains(":2:3: augment.flop: ") && Contains("flip"));
  CHECK_THAT(config_complaint("epochs: 0\n"), Contains(":1:9: epochs: ") && Contains("1"));
  CHECK_THAT(config_complaint("epochs: -1\n"), Contains(":1:9: epochs: "));
  CHECK_THAT(config_complaint("optimizer: {momentum: 1}\n"), Contains("optimizer.momentum"));
  CHECK_THAT(config_complaint("augment: {flip: sideways}\n"),
             Contains("augment.flip") && Contains("alternating"));
  CHECK_THAT(config_complaint("augment: {early_crop: 21}\n"),
             Contains("early_crop") && Contains("multiple of 4"));
  CHECK_THAT(config_complaint("held_out: 15\n"),
             Contains("held_out") && Contains("multiple of 10"));
  CHECK_THAT(config_complaint("epochs: 3\noptimizer: {warmup_epochs: 3}\n"),
             Contains("less than epochs"));
  CHECK_THAT(message_of<ConfigError>([] { read_config("/nonexistent.yaml"); }),
             Contains("/nonexistent.yaml: cannot be read"));
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
