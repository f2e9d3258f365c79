list(APPEND ABSIM_MODELS_SOURCES
  network/cifar10.cpp
  network/dump_check.cpp
  network/dump_check_parallel.cpp
  network/dump_reader.cpp
  network/dump_tensors.cpp
  network/dump_writer.cpp
  network/graph.cpp
  network/graph_check.cpp
  network/graph_yaml.cpp
  network/safetensors.cpp
  network/safetensors_write.cpp
  network/truncated_weight.cpp)
