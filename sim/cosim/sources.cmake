list(APPEND ABSIM_COSIM_SOURCES 
  cosim/job_bits.cpp
  cosim/verilated_abs_pe.cpp
  cosim/verilated_core.cpp
  cosim/verilated_mac.cpp
  cosim/verilated_posit.cpp
  cosim/verilated_sdfp.cpp)
