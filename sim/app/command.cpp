// SPDX-License-Identifier: Apache-2.0
#include "sim/app/command.hpp"

#include <charconv>
#include <sstream>

#include <fmt/format.h>

namespace absim::app {

bool parse(const Command& command, const Arguments& arguments, po::options_description& options,
           const char* positional, int most, po::variables_map& values) {
  options.add_options()("help", "show this help and exit");
  po::options_description all;
  all.add(options);
  po::positional_options_description positions;
  if (positional != nullptr) {
    all.add_options()(positional, po::value<std::vector<std::string>>(), "");
    positions.add(positional, most);
  }
  namespace style = po::command_line_style;
  const int gnu = style::allow_long | style::long_allow_adjacent | style::long_allow_next;
  try {
    po::store(po::command_line_parser(arguments).options(all).positional(positions).style(gnu).run(),
              values);
    po::notify(values);
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("too many arguments; allowed: {}", command.arguments));
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  if (values.count("help") == 0) return true;
  std::ostringstream text;
  text << options;
  fmt::print("Usage: absim {} {}\n{}.\n\n{}", command.name, command.arguments, command.summary,
             text.str());
  return false;
}

std::string required(const po::variables_map& values, const std::string& name, const char* what) {
  if (values.count(name) == 0) throw UsageError(fmt::format("found no {}; it is required", what));
  const boost::any& value = values[name].value();
  if (const auto* list = boost::any_cast<std::vector<std::string>>(&value)) return list->front();
  return values[name].as<std::string>();
}

void add_run_options(po::options_description& options) {
  options.add_options()("set", po::value<std::vector<std::string>>()->value_name("KEY=VALUE"),
                        "set a key of the configuration (arch.rows=8, truncation=[1,2], "
                        "sweep.arch.lanes=[8,16], ...); may be given several times; paths are "
                        "relative to the working directory")(
      "case", po::value<std::vector<std::string>>()->value_name("LABEL"),
      "run only this case of the configuration; may be given several times")(
      "jobs", po::value<std::string>()->value_name("N"),
      "threads, and processes for clocked cores (default: one for each core)")(
      "quiet", "no progress and no remarks");
}

void add_result_options(po::options_description& options) {
  options.add_options()("out", po::value<std::string>()->value_name("DIR"),
                        "results directory (default: results/<name>)")(
      "force", "replace an earlier results directory")("overwrite", "the same as --force")(
      "no-figures", "draw no figures");
}

unsigned jobs_of(const po::variables_map& values) {
  if (values.count("jobs") == 0) return 0;
  constexpr unsigned kMost = 1024;
  const std::string text = values["jobs"].as<std::string>();
  unsigned jobs = 0;
  const std::from_chars_result result =
      std::from_chars(text.data(), text.data() + text.size(), jobs);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || jobs < 1 ||
      jobs > kMost) {
    throw UsageError(fmt::format("--jobs: found '{}'; allowed: 1..{}", text, kMost));
  }
  return jobs;
}

std::vector<std::string> overrides_of(const po::variables_map& values) {
  if (values.count("set") == 0) return {};
  return values["set"].as<std::vector<std::string>>();
}

std::vector<std::string> cases_of(const po::variables_map& values) {
  if (values.count("case") == 0) return {};
  return values["case"].as<std::vector<std::string>>();
}

void remark(const po::variables_map& values, const std::string& text) {
  if (values.count("quiet") == 0 && !text.empty()) fmt::print(stderr, "absim: {}\n", text);
}

}  // namespace absim::app
