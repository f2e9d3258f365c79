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
  schedule/time_layer.cpp)
