// SPDX-License-Identifier: Apache-2.0
// Assertion macro of the RTL: a clocked property, off during reset; empty for synthesis.
`ifndef ABSIM_ASSERT_SVH
`define ABSIM_ASSERT_SVH

`ifdef SYNTHESIS
`define ABSIM_ASSERT(name_, property_)
`else
`define ABSIM_ASSERT(name_, property_) \
  name_: assert property (@(posedge clk_i) disable iff (!rst_ni) (property_)) \
  else $error("property violated");
`endif

`endif
