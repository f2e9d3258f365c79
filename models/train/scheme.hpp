// SPDX-License-Identifier: Apache-2.0
// A training scheme as the loop sees it: stages one after the other, each with a coder for every
// truncation length that it trains.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "models/train/coder.hpp"
#include "models/train/config.hpp"
#include "models/train/export.hpp"
#include "models/train/graph_net.hpp"

namespace absim::models::train {

struct Stage {
  std::string name;
  std::size_t epochs = 1;
  std::size_t steps = 0;  ///< in an epoch; 0: as many as the training images fill
  OptimizerConfig optimizer;
  /// The batch is split evenly among the groups; each draws one of its truncation lengths for every
  /// step. Length 0: the network's common values, all bits.
  std::vector<std::vector<unsigned>> groups{{0}};
  bool choose_best = false;  ///< keep the epoch with the best held-out accuracy, else the last one
  /// Batch norm by the running statistics, which stay as they are: lengths that share them must
  /// learn to live with them.
  bool fixed_statistics = false;
};

class Scheme {
 public:
  virtual ~Scheme() = default;

  [[nodiscard]] const std::vector<Stage>& stages() const { return stages_; }

  /// Gives the network the tensors that the stage needs. Called once before each stage, in order; a
  /// resumed run calls it for all stages up to its own and then loads the tensors' values.
  virtual void enter(std::size_t /*stage*/, GraphNet& /*network*/) {}
  /// What learns in the stage.
  [[nodiscard]] virtual NamedTensors learning(std::size_t /*stage*/,
                                              const GraphNet& network) const {
    return network.parameters_of(0);
  }
  virtual Coder& coder(std::size_t stage, std::size_t epoch, unsigned length) = 0;
  /// Whose own values a length uses; 0: the common ones.
  [[nodiscard]] virtual unsigned values_of(unsigned length) const { return length; }
  /// Around each step of a stage; `step` counts through its epochs.
  virtual void before_step(std::size_t /*stage*/, std::size_t /*step*/,
                           const GraphNet& /*network*/) {}
  virtual void after_step(std::size_t /*stage*/, GraphNet& /*network*/) {}
  /// After the last stage: the network as its weight file is to hold it.
  virtual void finish(GraphNet& /*network*/) {}
  /// How its weight file becomes dumps; nothing: it is float and becomes none.
  [[nodiscard]] virtual std::vector<Export> exports() const { return {}; }
  /// Lines of `tensor,count,mean_sqnr_db` gathered since the last call, where a scheme measures it.
  virtual std::vector<std::string> take_measurements() { return {}; }

 protected:
  std::vector<Stage> stages_;
};

std::unique_ptr<Scheme> make_scheme(const Config& config);

}  // namespace absim::models::train
