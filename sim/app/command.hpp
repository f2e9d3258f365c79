// SPDX-License-Identifier: Apache-2.0
// What the subcommands share: options in the GNU style, exit statuses, common option groups.
#pragma once

#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "models/core/error.hpp"

namespace absim::app {

namespace po = boost::program_options;
using Arguments = std::vector<std::string>;

enum ExitStatus { kOk = 0, kMismatch = 1, kUsage = 2, kInternal = 3 };

/// Wrong command line; main adds where help is to be found.
class UsageError : public Error {
 public:
  using Error::Error;
};

struct Command {
  const char* name;
  const char* arguments;  ///< of the synopsis
  const char* summary;    ///< one line
  int (*run)(const Arguments& arguments);
};

extern const Command kSweep, kRun, kCosim, kCosimUnit, kQuantize, kReport;

/// Parses the arguments; `positional` names the option that takes what is no option, `most` of them at
/// most (-1: any number). Adds --help; where it is given, prints help and returns false.
bool parse(const Command& command, const Arguments& arguments, po::options_description& options,
           const char* positional, int most, po::variables_map& values);

/// The value of a required option or positional argument.
std::string required(const po::variables_map& values, const std::string& name, const char* what);

/// --set, --case, --jobs, --quiet.
void add_run_options(po::options_description& options);
/// --out, --force (and --overwrite), --no-figures.
void add_result_options(po::options_description& options);

/// --jobs, checked.
unsigned jobs_of(const po::variables_map& values);
/// All --set of the command line.
std::vector<std::string> overrides_of(const po::variables_map& values);
/// All --case of the command line.
std::vector<std::string> cases_of(const po::variables_map& values);
/// Prints a remark for the user on stderr, unless --quiet.
void remark(const po::variables_map& values, const std::string& text);

}  // namespace absim::app
