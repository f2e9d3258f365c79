list(APPEND ABSIM_MODELS_SOURCES
  inference/reference.cpp)
