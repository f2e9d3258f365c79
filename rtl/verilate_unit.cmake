# Script (cmake -P): Verilates one small block and joins what Verilator writes into one source file, which
# compiles several times faster than its pieces. Variables: VERILATOR PREFIX DIRECTORY ARGS (a list).
file(REMOVE_RECURSE "${DIRECTORY}")
file(MAKE_DIRECTORY "${DIRECTORY}")
execute_process(COMMAND "${VERILATOR}" --cc --prefix ${PREFIX} --Mdir "${DIRECTORY}" ${ARGS}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status)
  message(FATAL_ERROR "Verilator failed on ${PREFIX}:\n${output}")
endif()
file(GLOB pieces RELATIVE "${DIRECTORY}" "${DIRECTORY}/*.cpp")
set(text "// Generated: all of ${PREFIX}\n")
foreach(piece IN LISTS pieces)
  string(APPEND text "#include \"${piece}\"\n")
endforeach()
file(WRITE "${DIRECTORY}/${PREFIX}_all.cpp" "${text}")
