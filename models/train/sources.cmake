# The part of training that needs no libtorch: configuration, augmentation, schedule.
list(APPEND ABSIM_MODELS_SOURCES
  train/augment.cpp
  train/config.cpp
  train/config_scheme.cpp
  train/schedule.cpp)
