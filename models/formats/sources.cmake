list(APPEND ABSIM_MODELS_SOURCES
  formats/bwb.cpp
  formats/dfp.cpp
  formats/dfp_policy.cpp
  formats/dfp_round.cpp
  formats/float_mac.cpp
  formats/kernels/round_avx2.cpp
  formats/kernels/round_portable.cpp
  formats/posit.cpp
  formats/posit_accumulator.cpp
  formats/posit_arithmetic.cpp
  formats/posit_round.cpp
  formats/twos_complement.cpp)

# Otherwise GCC keeps the order of floating-point exceptions, which nobody reads, and vectorises
# one rounding of six.
set(quiet -fno-trapping-math)
set_source_files_properties(formats/kernels/round_portable.cpp PROPERTIES
  COMPILE_OPTIONS "${quiet}")
# As in inference/: only this file may use more than the base instruction set.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set_source_files_properties(formats/kernels/round_avx2.cpp PROPERTIES
    COMPILE_OPTIONS "-mavx2;${quiet}")
endif()
