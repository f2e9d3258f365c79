list(APPEND ABSIM_RUNNER_SOURCES sweep/clocked_point.cpp sweep/inputs.cpp sweep/processes.cpp
     sweep/progress.cpp sweep/runner.cpp)
