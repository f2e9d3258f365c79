list(APPEND ABSIM_MODELS_SOURCES
  network/cifar10.cpp
  network/safetensors.cpp
  network/safetensors_write.cpp)
