# The core's Verilated shapes, one a line: rows cols lanes act_banks postproc_lanes [kind [n es]];
# kind: abs (the default), dfp, posit with its format.
# sim/cosim/verilated_core.cpp builds its table of shapes from this list; to add a shape, add a line.
set(ABSIM_RTL_SHAPES
  "8 8 16 8 8"
  "4 6 8 4 3"
  "3 5 7 5 2"
  "4 6 8 4 3 dfp"
  "3 5 4 5 2 posit 8 1"
  "3 4 4 4 3 posit 16 1")
# Physical size of every buffer, both slots together, in bytes. The planner uses what arch.yaml says, at most this.
set(ABSIM_RTL_BUFFER_BYTES 65536)
