set(ABSIM_VERSION_FILE "${CMAKE_CURRENT_BINARY_DIR}/version.cpp")
if(ABSIM_BUILD_RTL)
  find_package(verilator QUIET)
endif()
if(NOT verilator_VERSION)
  set(verilator_VERSION none)
endif()
add_custom_target(absim_version
  COMMAND "${CMAKE_COMMAND}"
    "-DABSIM_SOURCE_DIR=${PROJECT_SOURCE_DIR}" "-DABSIM_VERSION_FILE=${ABSIM_VERSION_FILE}"
    "-DABSIM_VERSION=${PROJECT_VERSION}" "-DABSIM_BUILD_TYPE=${CMAKE_BUILD_TYPE}"
    "-DABSIM_COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
    "-DABSIM_SYSTEMC=${SYSTEMC_VERSION}" "-DABSIM_VERILATOR=${verilator_VERSION}"
    -P "${CMAKE_CURRENT_LIST_DIR}/version.cmake"
  BYPRODUCTS "${ABSIM_VERSION_FILE}"
  COMMENT "Looking up the source revision"
  VERBATIM)

list(APPEND ABSIM_RUNNER_SOURCES
  report/csv.cpp
  report/figures.cpp
  report/format_table.cpp
  report/latex.cpp
  report/manifest.cpp
  report/result_json.cpp
  report/results_directory.cpp
  report/series.cpp
  report/text_table.cpp
  "${ABSIM_VERSION_FILE}")
set_source_files_properties(report/figures.cpp PROPERTIES COMPILE_DEFINITIONS
  "ABSIM_DEFAULT_PLOT_SCRIPT=\"${PROJECT_SOURCE_DIR}/scripts/plot.py\"")
