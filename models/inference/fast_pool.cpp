// SPDX-License-Identifier: Apache-2.0
// Pooling windows clipped to the map; channels innermost, so that the compiler vectorises them.
#include "models/inference/fast_pool.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "models/core/error.hpp"

namespace absim::models::fast {
namespace {

/// The part of a window that lies inside the map, along one axis.
struct Extent {
  std::size_t begin;
  std::size_t end;
};

Extent clip(std::size_t output, std::size_t stride, std::size_t before, std::size_t kernel,
            std::size_t extent) {
  const std::size_t start = output * stride;  // in the padded map
  return {start > before ? start - before : 0, std::min(start + kernel - before, extent)};
}

/// Calls `pixel(element of output pixel, window rows, window columns)` for every output pixel.
template <typename Pixel>
void for_each_window(const Layer& layer, const Map& to, const Pixel& pixel) {
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    const Extent rows = clip(y, layer.stride, layer.pad.top, layer.kernel_h, layer.in.height);
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      const Extent columns = clip(x, layer.stride, layer.pad.left, layer.kernel_w, layer.in.width);
      pixel(to.element(static_cast<std::ptrdiff_t>(y), static_cast<std::ptrdiff_t>(x)), rows,
            columns);
    }
  }
}

/// Calls `read(values of one pixel)` for every pixel of a window.
template <typename Stored, typename Read>
void for_each_pixel(const Map& from, const Stored* in, Extent rows, Extent columns,
                    const Read& read) {
  for (std::size_t y = rows.begin; y < rows.end; ++y) {
    for (std::size_t x = columns.begin; x < columns.end; ++x) {
      read(in + from.element(static_cast<std::ptrdiff_t>(y), static_cast<std::ptrdiff_t>(x)));
    }
  }
}

/// Stored values keep the order of the tensor's values.
template <typename Stored>
void max_pool_as(const Layer& layer, const Map& from, const Stored* in, const Map& to,
                 Stored* out) {
  const std::size_t channels = layer.out.channels;
  for_each_window(layer, to, [&](std::ptrdiff_t element, Extent rows, Extent columns) {
    Stored* const best = out + element;
    std::fill_n(best, channels, std::numeric_limits<Stored>::lowest());
    for_each_pixel(from, in, rows, columns, [&](const Stored* pixel) {
      for (std::size_t c = 0; c < channels; ++c) best[c] = std::max(best[c], pixel[c]);
    });
  });
}

template <typename Stored>
void add_pixel(const Stored* pixel, std::size_t channels, std::int32_t* sums) {
  for (std::size_t c = 0; c < channels; ++c) sums[c] += static_cast<std::int32_t>(pixel[c]);
}

/// Round half up: floor(sum / n + 1/2).
std::int64_t rounded_mean(std::int64_t sum, std::int64_t count) {
  const std::int64_t twice = 2 * sum + count;
  const std::int64_t quotient = twice / (2 * count);
  return twice % (2 * count) < 0 ? quotient - 1 : quotient;
}

template <typename Stored>
void avg_pool_as(const Layer& layer, const Map& from, const Stored* in, const Map& to,
                 Stored* out) {
  const std::size_t channels = layer.out.channels;
  std::vector<std::int32_t> sums(channels);
  for_each_window(layer, to, [&](std::ptrdiff_t element, Extent rows, Extent columns) {
    std::fill(sums.begin(), sums.end(), 0);
    for_each_pixel(from, in, rows, columns,
                   [&](const Stored* pixel) { add_pixel(pixel, channels, sums.data()); });
    const auto count =
        static_cast<std::int64_t>((rows.end - rows.begin) * (columns.end - columns.begin));
    for (std::size_t c = 0; c < channels; ++c) {
      // the mean of stored values is the mean of values plus the zero point
      out[element + static_cast<std::ptrdiff_t>(c)] =
          static_cast<Stored>(rounded_mean(sums[c], count));
    }
  });
}

void check_maps(const Layer& layer, const Map& from, const Map& to) {
  ABSIM_CHECK(from.storage == to.storage && from.zero_point == to.zero_point &&
                  from.storage != Storage::kS32,
              "layer " + layer.name + ": pooling changes the element type");
}

}  // namespace

void max_pool(const Layer& layer, const Map& from, const void* in, const Map& to, void* out) {
  check_maps(layer, from, to);
  if (from.storage == Storage::kU8) {
    max_pool_as(layer, from, static_cast<const std::uint8_t*>(in), to,
                static_cast<std::uint8_t*>(out));
  } else {
    max_pool_as(layer, from, static_cast<const std::int16_t*>(in), to,
                static_cast<std::int16_t*>(out));
  }
}

void avg_pool(const Layer& layer, const Map& from, const void* in, const Map& to, void* out) {
  check_maps(layer, from, to);
  if (from.storage == Storage::kU8) {
    avg_pool_as(layer, from, static_cast<const std::uint8_t*>(in), to,
                static_cast<std::uint8_t*>(out));
  } else {
    avg_pool_as(layer, from, static_cast<const std::int16_t*>(in), to,
                static_cast<std::int16_t*>(out));
  }
}

void channel_sums(const Map& from, const void* in, std::int32_t* sums) {
  ABSIM_CHECK(from.storage != Storage::kS32, "sums of " + from.name + " would not fit");
  const std::size_t channels = from.shape.channels;
  const Extent rows{0, from.shape.height};
  const Extent columns{0, from.shape.width};
  const auto pixels = static_cast<std::int32_t>(from.shape.pixels());
  std::fill_n(sums, channels, -from.zero_point * pixels);
  if (from.storage == Storage::kU8) {
    for_each_pixel(from, static_cast<const std::uint8_t*>(in), rows, columns,
                   [&](const std::uint8_t* pixel) { add_pixel(pixel, channels, sums); });
  } else {
    for_each_pixel(from, static_cast<const std::int16_t*>(in), rows, columns,
                   [&](const std::int16_t* pixel) { add_pixel(pixel, channels, sums); });
  }
}

}  // namespace absim::models::fast
