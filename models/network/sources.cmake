list(APPEND ABSIM_MODELS_SOURCES
  network/cifar10.cpp
  network/graph.cpp
  network/graph_check.cpp
  network/graph_yaml.cpp
  network/safetensors.cpp
  network/safetensors_write.cpp)
