// SPDX-License-Identifier: Apache-2.0
// Safetensors: types, and the reader. Everything in a file is checked before it is used.
#include "models/network/safetensors.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace absim::models {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "tensor bytes are used as they are in the file");

namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kLengthBytes = 8;
constexpr int kMaxDepth = 2;  // of what opens: header object 0, tensor object 1, shape array 2
constexpr DType kAllTypes[] = {DType::kF32, DType::kI8,  DType::kU8, DType::kI16,
                               DType::kU16, DType::kI32, DType::kI64};

struct Entry {
  std::string name;
  DType dtype;
  std::vector<std::size_t> shape;
  std::uint64_t begin;
  std::uint64_t end;
};

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw FormatError(path + ": " + what);
}

/// Text of the file, fit for a message: one line, not long.
std::string shown(std::string text) {
  constexpr std::size_t kMaxShown = 80;
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "...";
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

[[noreturn]] void fail_tensor(const std::string& path, const std::string& name,
                              const std::string& what) {
  fail(path, fmt::format("tensor '{}': {}", shown(name), what));
}

/// The header as JSON; refuses names that come twice and nesting that no header has.
json parse_header(const std::string& path, const std::string& text) {
  std::set<std::string> names;   // of the header
  std::set<std::string> fields;  // of the tensor being read
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    const bool opens =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (opens && depth > kMaxDepth)
      fail(path,
           "header nested deeper than a tensor's shape; allowed: name -> {dtype, shape, "
           "data_offsets}");
    if (event != json::parse_event_t::key) return true;
    const std::string key = parsed.get<std::string>();
    if (depth == 1) fields.clear();
    if (!(depth == 1 ? names : fields).insert(key).second) {
      fail(path, fmt::format("header: name '{}' comes twice; allowed: once", shown(key)));
    }
    return true;
  };
  try {
    json header = json::parse(text, check);
    if (!header.is_object())
      fail(path, fmt::format("header is a JSON {}; allowed: an object", header.type_name()));
    return header;
  } catch (const json::exception& error) {
    fail(path,
         fmt::format("header: no valid JSON ({}); allowed: one JSON object", shown(error.what())));
  }
}

DType parse_dtype(const std::string& path, const std::string& name, const json& value) {
  std::string allowed;
  for (const DType dtype : kAllTypes) {
    if (value.is_string() && value.get_ref<const std::string&>() == dtype_name(dtype)) return dtype;
    allowed += std::string(" ") + dtype_name(dtype);
  }
  fail_tensor(path, name, fmt::format("dtype {}; allowed:{}", shown(value.dump()), allowed));
}

std::uint64_t parse_count(const std::string& path, const std::string& name, const char* field,
                          const json& value) {
  if (!value.is_number_unsigned()) {
    fail_tensor(path, name,
                fmt::format("{} holds {}; allowed: integers from 0", field, shown(value.dump())));
  }
  return value.get<std::uint64_t>();
}

Entry parse_entry(const std::string& path, const std::string& name, const json& value) {
  constexpr const char* kFields[] = {"dtype", "shape", "data_offsets"};
  if (!value.is_object())
    fail_tensor(path, name, fmt::format("is a JSON {}; allowed: an object", value.type_name()));
  for (const char* field : kFields) {
    if (!value.contains(field))
      fail_tensor(path, name,
                  fmt::format("no field '{}'; dtype, shape and data_offsets are needed", field));
  }
  if (value.size() != std::size(kFields)) {
    fail_tensor(path, name,
                fmt::format("{} fields; allowed: dtype, shape, data_offsets", value.size()));
  }
  Entry entry{name, parse_dtype(path, name, value["dtype"]), {}, 0, 0};
  const json& shape = value["shape"];
  if (!shape.is_array())
    fail_tensor(path, name,
                fmt::format("shape is a JSON {}; allowed: an array", shape.type_name()));
  for (const json& extent : shape) entry.shape.push_back(parse_count(path, name, "shape", extent));
  const json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2) {
    fail_tensor(path, name,
                fmt::format("data_offsets {}; allowed: [begin, end]", shown(offsets.dump())));
  }
  entry.begin = parse_count(path, name, "data_offsets", offsets[0]);
  entry.end = parse_count(path, name, "data_offsets", offsets[1]);
  return entry;
}

/// Bytes that dtype and shape ask for; a product beyond 64 bits is an error (a zero extent does not
/// hide it).
std::uint64_t wanted_bytes(const std::string& path, const Entry& entry) {
  std::uint64_t bytes = dtype_bytes(entry.dtype);
  bool empty = false;
  for (const std::size_t extent : entry.shape) {
    if (extent == 0) {
      empty = true;
    } else if (bytes > std::numeric_limits<std::uint64_t>::max() / extent) {
      fail_tensor(path, entry.name,
                  "shape asks for more than 2^64 bytes; allowed: at most the file's data");
    } else {
      bytes *= extent;
    }
  }
  return empty ? 0 : bytes;
}

/// Sorts the entries by place and checks that they cover the data without gap, overlap or rest.
void check_layout(const std::string& path, std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const Entry& entry : entries) {
    const std::string range = fmt::format("data_offsets [{}, {}]", entry.begin, entry.end);
    if (entry.begin > entry.end) fail_tensor(path, entry.name, range + "; allowed: begin <= end");
    if (entry.end > data_bytes) {
      fail_tensor(
          path, entry.name,
          fmt::format("{}; allowed: at most {}, the bytes of data in the file", range, data_bytes));
    }
    const std::uint64_t wanted = wanted_bytes(path, entry);
    if (entry.end - entry.begin != wanted) {
      fail_tensor(path, entry.name,
                  fmt::format("{} bytes of data; allowed: {}, from dtype and shape",
                              entry.end - entry.begin, wanted));
    }
    if (entry.begin != at) {
      fail_tensor(path, entry.name,
                  fmt::format("{} {} the tensor before; allowed: to begin at {}", range,
                              entry.begin < at ? "overlaps" : "leaves a gap after", at));
    }
    at = entry.end;
  }
  if (at != data_bytes)
    fail(path, fmt::format("{} bytes after the last tensor; allowed: none", data_bytes - at));
}

std::map<std::string, std::string> parse_metadata(const std::string& path, const json& value) {
  if (!value.is_object())
    fail(path, fmt::format("__metadata__ is a JSON {}; allowed: an object", value.type_name()));
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      fail(path, fmt::format("__metadata__ '{}' is a JSON {}; allowed: a string", shown(key),
                             text.type_name()));
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

/// Reads `count` bytes; the file's size was checked, so fewer is a fault of the medium.
template <typename Buffer>
void read_bytes(std::ifstream& in, const std::string& path, Buffer& buffer, std::uint64_t count) {
  buffer.resize(count);
  in.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(count));
  if (!in) fail(path, "cannot be read; the file must be readable to its end");
}

std::uint64_t file_size(std::ifstream& in, const std::string& path) {
  in.seekg(0, std::ios::end);
  const auto size = static_cast<std::streamoff>(in.tellg());
  in.seekg(0);
  // A directory opens, and tells a size that it does not have.
  if (!in || size < 0 || size == std::numeric_limits<std::streamoff>::max())
    fail(path, "no regular file; a safetensors file is needed");
  return static_cast<std::uint64_t>(size);
}

}  // namespace

const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "F32";
    case DType::kI8:
      return "I8";
    case DType::kU8:
      return "U8";
    case DType::kI16:
      return "I16";
    case DType::kU16:
      return "U16";
    case DType::kI32:
      return "I32";
    case DType::kI64:
      return "I64";
  }
  throw InvariantError("dtype out of range");
}

std::size_t dtype_bytes(DType dtype) {
  switch (dtype) {
    case DType::kI8:
    case DType::kU8:
      return 1;
    case DType::kI16:
    case DType::kU16:
      return 2;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kI64:
      return 8;
  }
  throw InvariantError("dtype out of range");
}

void detail::fail_dtype(DType found, DType asked) {
  throw FormatError(
      fmt::format("tensor: dtype {}; allowed here: {}", dtype_name(found), dtype_name(asked)));
}

std::size_t Tensor::elements() const {
  std::size_t product = 1;
  for (const std::size_t extent : shape) product *= extent;
  return product;
}

TensorFile read_safetensors(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    fail(path, fmt::format("cannot be opened ({}); a readable safetensors file is needed",
                           std::generic_category().message(errno)));
  const std::uint64_t size = file_size(in, path);
  if (size < kLengthBytes)
    fail(path, fmt::format("{} bytes; allowed: at least the 8 bytes of the header's length", size));
  std::string text;
  read_bytes(in, path, text, kLengthBytes);
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, text.data(), kLengthBytes);
  if (header_bytes > kMaxHeaderBytes)
    fail(path,
         fmt::format("header of {} bytes; allowed: at most {}", header_bytes, kMaxHeaderBytes));
  if (header_bytes > size - kLengthBytes) {
    fail(path, fmt::format("header of {} bytes; allowed: at most {}, the rest of the file",
                           header_bytes, size - kLengthBytes));
  }
  read_bytes(in, path, text, header_bytes);

  TensorFile file;
  std::vector<Entry> entries;
  const json header = parse_header(path, text);
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      file.metadata = parse_metadata(path, value);
    } else {
      entries.push_back(parse_entry(path, name, value));
    }
  }
  check_layout(path, entries, size - kLengthBytes - header_bytes);
  for (Entry& entry : entries) {
    Tensor& tensor = file.tensors[entry.name];
    tensor.dtype = entry.dtype;
    tensor.shape = std::move(entry.shape);
    read_bytes(in, path, tensor.bytes, entry.end - entry.begin);
  }
  return file;
}

}  // namespace absim::models
