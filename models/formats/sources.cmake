list(APPEND ABSIM_MODELS_SOURCES
  formats/bwb.cpp
  formats/dfp.cpp
  formats/twos_complement.cpp)
