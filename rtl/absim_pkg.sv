// SPDX-License-Identifier: Apache-2.0
// Types and widths shared by the core's blocks. Each struct lists its first field in the most
// significant bits; job_t mirrors JobDescriptor of sim/schedule/job.hpp field by field.
package absim_pkg;
  localparam int unsigned ACT_BITS    = 8;   // an activation code, but of posits of 9 bits or more
  localparam int unsigned OPERAND_BITS = 9;  // an activation, sign- or zero-extended
  localparam int unsigned ACC_BITS    = 32;  // accumulators; the quantiser proves: no overflow
  localparam int unsigned RES_BITS    = 16;  // residual codes
  localparam int unsigned COUNT_BITS  = 8;   // rows, columns, kernel positions, banks: 1..255
  localparam int unsigned ADDR_BITS   = 20;  // words in a buffer slot
  localparam int unsigned COORD_BITS  = 17;  // signed coordinates of the input map

  // Kinds of PE
  localparam int unsigned PE_ABS   = 0;  // bit-serial
  localparam int unsigned PE_DFP   = 1;  // 8-bit integers
  localparam int unsigned PE_POSIT = 2;  // posits, summed in a quire

  // Clamping of post-processing
  localparam logic [1:0] OUT_U8  = 2'd0;  // this is ReLU
  localparam logic [1:0] OUT_S8  = 2'd1;
  localparam logic [1:0] OUT_S16 = 2'd2;
  localparam logic [1:0] OUT_S32 = 2'd3;

  // A job: one strip of output rows times one range of output channels. Pairs (_q, _r) are a linear
  // pixel index divided by ActBanks: signed quotient (floor) and remainder.
  typedef struct packed {
    // Arithmetic
    logic [3:0]  planes;           // t, 1..8
    logic        stationary;       // plane order: 0 progressive, 1 stationary
    logic        twos_complement;  // weight format: 0 BWB
    logic        act_signed;       // activations: 0 u8, 1 s8
    // Loops
    logic [15:0] column_groups;
    logic [15:0] tiles;      // of the strip
    logic [7:0]  last_rows;  // valid rows of the strip's last tile
    logic [7:0]  last_cols;  // valid columns of the last column group
    logic [15:0] out_width;  // output pixels of a row of the map
    logic [7:0]  kernel_h;
    logic [7:0]  kernel_w;
    logic [15:0] chunks;  // ceil(Cin / Lanes)
    logic [3:0]  stride;
    // Convolution addresses
    logic [15:0] in_height;  // of the whole map: padding test
    logic [15:0] in_width;
    logic [16:0] first_y;       // signed
    logic [16:0] first_x;       // signed
    logic [19:0] base_q;        // the strip's first kernel origin; may lie before the strip
    logic [7:0]  base_r;
    logic [19:0] step_x_q;      // next output pixel of a row
    logic [7:0]  step_x_r;
    logic [19:0] step_row_q;    // from a row's last output pixel to the next row's first
    logic [7:0]  step_row_r;
    logic [19:0] kernel_x_q;    // next kernel position of a row
    logic [7:0]  kernel_x_r;
    logic [19:0] kernel_row_q;  // from a kernel row's last position to the next row's first
    logic [7:0]  kernel_row_r;
    logic [19:0] plane_words;   // words of one chunk in a bank
    // Slots
    logic        act_release;
    logic        weight_release;   // resident weights only
    logic        param_release;
    logic        weight_streamed;  // weights come in segments, anew for every tile
    logic [19:0] segment_words;    // of a full segment; stationary: a multiple of planes
    logic        shared_kernel;    // weights do not depend on the kernel position (resident only)
    // Post-processing
    logic        has_residual;
    logic        emits_activation;  // second output
    logic [1:0]  out_kind;
    logic [7:0]  shift;      // abs 0..47, dfp 0..31, posit logits 0..255
    logic [5:0]  act_shift;  // 0..47
    logic [31:0] residual_gain;  // signed, abs
    // Of bit-parallel PEs
    logic        relu;               // posit
    logic [2:0]  rounding;           // dfp
    logic [9:0]  out_exponent;       // signed, posit
    logic [9:0]  residual_exponent;  // signed: residual * 2^this; dfp 0..31
    logic [7:0]  offset_shift;       // posit
  } job_t;

  // What goes with an operand through fetch and array.
  typedef struct packed {
    logic        first;  // of its tile: the accumulators start from 0
    logic        last;   // of its tile: the accumulators hold the result
    logic        shift;  // first step of a plane but the most significant (progressive)
    logic        sign_plane;  // two's complement: the plane counts negative (progressive)
    logic        stationary;
    logic        twos_complement;
    logic        act_signed;
    logic [3:0]  planes;       // array cycles of the step (stationary)
    logic [19:0] weight_addr;  // of the step's first weight word
    logic        weight_release;
  } step_t;

  // Post-processing of a layer.
  typedef struct packed {
    logic        emits_activation;
    logic [1:0]  out_kind;
    logic [7:0]  shift;
    logic [5:0]  act_shift;
    logic [31:0] residual_gain;
    logic        relu;
    logic [2:0]  rounding;
    logic [9:0]  out_exponent;
    logic [9:0]  residual_exponent;
    logic [7:0]  offset_shift;
  } postproc_t;

  // What the drain needs to know of a tile.
  typedef struct packed {
    logic [7:0] rows;  // valid rows
    logic [7:0] cols;  // valid columns
    logic       group_last;  // last tile of its column group
    logic       job_last;    // last tile of its job
    logic       param_release;
    logic       has_residual;
    postproc_t  postproc;
  } tag_t;

  // Parameters of one output channel.
  typedef struct packed {
    logic [47:0] act_offset;
    logic [15:0] act_multiplier;
    logic [47:0] offset;
    logic [15:0] multiplier;
  } param_t;

  localparam int unsigned PARAM_BITS = 128;  // of param_t
  localparam int unsigned TAG_BITS   = 101;   // of tag_t
endpackage
