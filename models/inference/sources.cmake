list(APPEND ABSIM_MODELS_SOURCES
  inference/evaluate.cpp
  inference/fast.cpp
  inference/fast_pack.cpp
  inference/fast_plan.cpp
  inference/fast_pool.cpp
  inference/fast_run.cpp
  inference/kernels/avx2.cpp
  inference/kernels/avx512_vnni.cpp
  inference/kernels/portable.cpp
  inference/kernels/posit_dot_avx2.cpp
  inference/kernels/posit_dot_avx512.cpp
  inference/kernels/posit_dot_portable.cpp
  inference/kernels/select.cpp
  inference/posit_plan.cpp
  inference/posit_run.cpp
  inference/reference.cpp
  inference/reference_dfp.cpp
  inference/reference_posit.cpp)

# Only these files may use more than the base instruction set; select.cpp asks the machine first.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set_source_files_properties(inference/kernels/avx2.cpp inference/kernels/posit_dot_avx2.cpp
    PROPERTIES COMPILE_OPTIONS "-mavx2")
  set_source_files_properties(inference/kernels/avx512_vnni.cpp
    PROPERTIES COMPILE_OPTIONS "-mavx2;-mavx512f;-mavx512bw;-mavx512vl;-mavx512vnni")
  set_source_files_properties(inference/kernels/posit_dot_avx512.cpp
    PROPERTIES COMPILE_OPTIONS "-mavx512f")
endif()
