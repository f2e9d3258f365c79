// SPDX-License-Identifier: Apache-2.0
// Activation buffer and fetch: two slots of Banks banks, a request register, the gather of one
// word for every row of the array, and the operand register.
//
// Cycles: a step taken in cycle c is gathered from c + 1 on. In a gather cycle every bank serves
// the lowest-numbered row that still waits for it, so a step takes max(1, most rows on one bank)
// cycles. Rows that need no word (padding, invalid rows) get zeros. A gather cycle happens only
// if the slot is full and the operand register is empty or being taken; the operand is valid one
// cycle after the last gather cycle.
`include "absim_assert.svh"

module absim_act_buffer #(
  parameter int unsigned Rows  = 8,    // 1..255
  parameter int unsigned Lanes = 16,   // 1..255, activations of a word
  parameter int unsigned Banks = 8,    // 1..255
  parameter int unsigned Words = 256,  // of a bank in a slot, 1..2^20
  parameter int unsigned ActBits = absim_pkg::ACT_BITS  // of an activation
) (
  input  logic                                      clk_i,
  input  logic                                      rst_ni,
  // Fill side
  input  logic                                      fill_valid_i,
  output logic                                      fill_ready_o,
  input  logic                                      fill_last_i,  // last word of the slot
  input  logic [absim_pkg::COUNT_BITS-1:0]          fill_bank_i,  // 0..Banks-1
  input  logic [absim_pkg::ADDR_BITS-1:0]           fill_addr_i,  // 0..Words-1
  input  logic [Lanes*ActBits-1:0]      fill_data_i,
  output logic                                      credit_o,
  // Steps
  input  logic                                      step_valid_i,
  output logic                                      step_ready_o,
  input  absim_pkg::step_t                          step_i,
  input  logic                                      step_release_i,  // the slot, after this step
  input  logic [Rows-1:0]                           step_need_i,     // row needs a word
  input  logic [Rows*absim_pkg::COUNT_BITS-1:0]     step_bank_i,
  input  logic [Rows*absim_pkg::ADDR_BITS-1:0]      step_addr_i,
  // Operand
  output logic                                      operand_valid_o,
  input  logic                                      operand_ready_i,  // taken in this cycle
  output absim_pkg::step_t                          operand_step_o,
  output logic [Rows*Lanes*ActBits-1:0] operand_data_o
);
  localparam int unsigned WordBits  = Lanes * ActBits;
  localparam int unsigned BankBits  = absim_pkg::COUNT_BITS;
  localparam int unsigned AddrBits  = absim_pkg::ADDR_BITS;
  localparam int unsigned RamBits   = (Words > 1) ? $clog2(Words) : 1;

  if (Banks < 1 || Banks > 255) begin : gen_bad_banks
    $error("Banks must be 1..255");
  end
  if (Words < 1 || Words > (1 << absim_pkg::ADDR_BITS)) begin : gen_bad_words
    $error("Words must be 1..2^20");
  end

  // Slots
  logic fill, fill_slot, use_slot, full, release_slot;

  assign fill = fill_valid_i && fill_ready_o;

  absim_slot_flags u_flags (
    .clk_i,
    .rst_ni,
    .fill_done_i (fill && fill_last_i),
    .fill_slot_o (fill_slot),
    .fill_ready_o(fill_ready_o),
    .use_slot_o  (use_slot),
    .full_o      (full),
    .release_i   (release_slot),
    .credit_o    (credit_o)
  );

  // Request register
  logic                     request_d, request_q;
  absim_pkg::step_t         step_q;
  logic                     release_q;
  logic                     fresh_d, fresh_q;  // no gather cycle yet
  logic [Rows-1:0]          wait_d, wait_q;    // rows that still wait for their word
  logic [Rows*BankBits-1:0] bank_q;
  logic [Rows*AddrBits-1:0] addr_q;

  // Operand register
  logic                     operand_d, operand_q;
  absim_pkg::step_t         operand_step_q;
  logic [Rows*WordBits-1:0] data_q;

  // Gather
  logic            take, gather, last;
  logic [Rows-1:0] blocked, grant;

  for (genvar r = 0; r < Rows; r++) begin : gen_arbiter
    if (r == 0) begin : gen_first
      assign blocked[r] = 1'b0;
    end else begin : gen_other
      logic [r-1:0] clash;  // a lower-numbered row waits for the same bank
      for (genvar l = 0; l < r; l++) begin : gen_lower
        assign clash[l] = wait_q[l] &&
                          (bank_q[l*BankBits +: BankBits] == bank_q[r*BankBits +: BankBits]);
      end
      assign blocked[r] = (clash != '0);
    end
  end

  assign grant  = wait_q & ~blocked;
  assign gather = request_q && full && (!operand_q || operand_ready_i);
  assign last   = (grant == wait_q);
  assign take   = step_valid_i && step_ready_o;

  assign step_ready_o = !request_q || (gather && last);
  assign release_slot = gather && last && release_q;

  assign request_d = take || (request_q && !(gather && last));
  assign fresh_d   = take || (fresh_q && !gather);
  assign wait_d    = take ? step_need_i : gather ? wait_q & ~grant : wait_q;
  assign operand_d = (gather && last) || (operand_q && !operand_ready_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_q <= 1'b0;
      fresh_q   <= 1'b0;
      wait_q    <= '0;
      operand_q <= 1'b0;
      step_q    <= '0;
      release_q <= 1'b0;
      bank_q    <= '0;
      addr_q    <= '0;
      operand_step_q <= '0;
    end else begin
      request_q <= request_d;
      fresh_q   <= fresh_d;
      wait_q    <= wait_d;
      operand_q <= operand_d;
      if (take) begin
        step_q    <= step_i;
        release_q <= step_release_i;
        bank_q    <= step_bank_i;
        addr_q    <= step_addr_i;
      end
      if (gather && last) operand_step_q <= step_q;
    end
  end

  // Banks
  logic [Banks*WordBits-1:0] bank_data;

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic [AddrBits-1:0]   addr;
    logic [2*WordBits-1:0] rdata;

    always_comb begin
      addr = '0;
      for (int unsigned r = 0; r < Rows; r++) begin
        if (grant[r] && (bank_q[r*BankBits +: BankBits] == BankBits'(b))) begin
          addr = addr | addr_q[r*AddrBits +: AddrBits];
        end
      end
    end

    for (genvar s = 0; s < 2; s++) begin : gen_slot
      logic we;
      assign we = fill && (fill_slot == 1'(s)) && (fill_bank_i == BankBits'(b));
      absim_ram #(
        .Width(WordBits),
        .Depth(Words)
      ) u_ram (
        .clk_i,
        .we_i   (we),
        .addr_i (we ? fill_addr_i[RamBits-1:0] : addr[RamBits-1:0]),
        .wdata_i(fill_data_i),
        .rdata_o(rdata[s*WordBits +: WordBits])
      );
    end

    assign bank_data[b*WordBits +: WordBits] =
        use_slot ? rdata[WordBits +: WordBits] : rdata[0 +: WordBits];

    if (RamBits < AddrBits) begin : gen_unused
      logic unused_addr;
      assign unused_addr = ^addr[AddrBits-1:RamBits];
    end
  end

  // A row's word goes straight into the operand register.
  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic [WordBits-1:0] word;

    always_comb begin
      word = '0;
      for (int unsigned b = 0; b < Banks; b++) begin
        if (bank_q[r*BankBits +: BankBits] == BankBits'(b)) begin
          word = bank_data[b*WordBits +: WordBits];
        end
      end
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)                      data_q[r*WordBits +: WordBits] <= '0;
      else if (gather && grant[r])      data_q[r*WordBits +: WordBits] <= word;
      else if (gather && fresh_q)       data_q[r*WordBits +: WordBits] <= '0;
    end
  end

  assign operand_valid_o = operand_q;
  assign operand_step_o  = operand_step_q;
  assign operand_data_o  = data_q;

  if (RamBits < AddrBits) begin : gen_unused_fill
    logic unused_fill_addr;
    assign unused_fill_addr = ^fill_addr_i[AddrBits-1:RamBits];
  end

  `ABSIM_ASSERT(FillInRange, fill |-> 32'(fill_bank_i) < Banks && 32'(fill_addr_i) < Words)
  `ABSIM_ASSERT(FillStable,
                fill_valid_i && !fill_ready_o |=>
                fill_valid_i && $stable(fill_last_i) && $stable(fill_bank_i) &&
                $stable(fill_addr_i))
  `ABSIM_ASSERT(StepStable,
                step_valid_i && !step_ready_o |=>
                step_valid_i && $stable(step_i) && $stable(step_release_i) &&
                $stable(step_need_i) && $stable(step_bank_i) && $stable(step_addr_i))
  `ABSIM_ASSERT(TakesOnlyOperand, operand_ready_i |-> operand_valid_o)
endmodule
