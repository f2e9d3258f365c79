# Run at every build: writes version.cpp with the revision of the source tree, only if it changed.
execute_process(
  COMMAND git -C "${ABSIM_SOURCE_DIR}" describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE ABSIM_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT ABSIM_REVISION)
  set(ABSIM_REVISION unknown)
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/version.cpp.in" "${ABSIM_VERSION_FILE}" @ONLY)
