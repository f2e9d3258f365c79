list(APPEND ABSIM_SIM_SOURCES
  units/abs_pe.cpp
  units/act_buffer.cpp
  units/core.cpp
  units/drain.cpp
  units/mac_kernel.cpp
  units/out_buffer.cpp
  units/pe_array.cpp
  units/plane_kernel.cpp
  units/posit_decoder.cpp
  units/posit_dot.cpp
  units/posit_pe.cpp
  units/posit_postproc.cpp
  units/postproc.cpp
  units/sequencer.cpp
  units/tag_fifo.cpp
  units/tile_walker.cpp
  units/weight_buffer.cpp)
