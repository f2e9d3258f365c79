// SPDX-License-Identifier: Apache-2.0
// Integer multiply-accumulate: result = a b + c modulo 2^32, a and b of 8 bits, all signed.
//
// Cycles: 2, one operation a cycle: product; sum.
// Range: no wrap while |c| <= 2^31 - 1 - 2^14; an accumulation from 0 is exact for 131,071 products.
module absim_int8_mac (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic [7:0]  a_i,  // signed
  input  logic [7:0]  b_i,  // signed
  input  logic [31:0] c_i,  // signed
  output logic        valid_o,
  output logic [31:0] result_o  // signed
);
  localparam int unsigned ProdBits = 16;

  logic                       valid1_q, valid2_q;
  logic signed [ProdBits-1:0] prod_q;
  logic [31:0]                addend_q, sum_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      prod_q   <= '0;
      addend_q <= '0;
      sum_q    <= '0;
    end else begin
      valid1_q <= valid_i;
      valid2_q <= valid1_q;
      if (valid_i) begin
        prod_q   <= ProdBits'($signed(a_i)) * ProdBits'($signed(b_i));
        addend_q <= c_i;
      end
      if (valid1_q) begin
        sum_q <= addend_q + 32'(prod_q);
      end
    end
  end

  assign valid_o  = valid2_q;
  assign result_o = sum_q;
endmodule
