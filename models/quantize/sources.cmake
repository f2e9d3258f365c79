list(APPEND ABSIM_MODELS_SOURCES
  core/parallel.cpp
  inference/tensor_table.cpp
  inference/float_network.cpp
  inference/float_inference.cpp)
# The float path may contract a * b + c: its bits are not part of any contract. Nothing else may.
set_source_files_properties(inference/float_inference.cpp PROPERTIES COMPILE_OPTIONS "-ffp-contract=fast")
