list(APPEND ABSIM_MODELS_SOURCES
  formats/bwb.cpp
  formats/float_mac.cpp
  formats/twos_complement.cpp)
