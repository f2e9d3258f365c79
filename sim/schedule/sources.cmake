list(APPEND ABSIM_SCHEDULE_SOURCES
  schedule/dma_timeline.cpp
  schedule/events.cpp
  schedule/field_limits.cpp
  schedule/fit.cpp
  schedule/gather.cpp
  schedule/geometry.cpp
  schedule/network_timing.cpp
  schedule/plan_build.cpp
  schedule/planner.cpp
  schedule/pool_geometry.cpp
  schedule/pool_plan.cpp
  schedule/refusal.cpp
  schedule/time_layer.cpp
  schedule/time_pool.cpp)
