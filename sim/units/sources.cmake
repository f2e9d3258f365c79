list(APPEND ABSIM_SIM_SOURCES
  units/abs_pe.cpp
  units/act_buffer.cpp
  units/core.cpp
  units/dfp_pe.cpp
  units/dfp_stats.cpp
  units/drain.cpp
  units/out_buffer.cpp
  units/pe_array.cpp
  units/plane_kernel.cpp
  units/postproc.cpp
  units/sdfp_shifter.cpp
  units/sequencer.cpp
  units/tag_fifo.cpp
  units/tile_walker.cpp
  units/weight_buffer.cpp)
