list(APPEND ABSIM_MODELS_SOURCES
  core/parallel.cpp
  inference/tensor_table.cpp
  inference/float_network.cpp
  inference/float_inference.cpp
  quantize/accumulate.cpp
  quantize/calibration.cpp
  quantize/calibrator.cpp
  quantize/calibrator_gains.cpp
  quantize/fixed_point.cpp
  quantize/parallel_calibrator.cpp
  quantize/parallel_layer.cpp
  quantize/pool_codes.cpp
  quantize/quantize.cpp
  quantize/real_layer.cpp
  quantize/statistics.cpp
  quantize/tensor_coder.cpp
  quantize/weight_codes.cpp)
# The float path may contract a * b + c: its bits are not part of any contract. Nothing else may.
set_source_files_properties(inference/float_inference.cpp PROPERTIES COMPILE_OPTIONS "-ffp-contract=fast")
