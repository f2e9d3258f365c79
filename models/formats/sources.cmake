list(APPEND ABSIM_MODELS_SOURCES
  formats/bwb.cpp
  formats/dfp.cpp
  formats/posit.cpp
  formats/posit_accumulator.cpp
  formats/posit_arithmetic.cpp
  formats/twos_complement.cpp)
