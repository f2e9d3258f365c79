list(APPEND ABSIM_SIM_SOURCES
  system/accelerator.cpp
  system/core_adapter.cpp
  system/dram_dma.cpp
  system/kernel.cpp
  system/layer_data.cpp
  system/lockstep_core.cpp
  system/pool_data.cpp
  system/run_network.cpp
  system/tensor_store.cpp)
