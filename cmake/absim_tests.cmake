# absim_discover_tests(target PREFIX prefix [LABELS label ...])
# One CTest test for each Catch2 case of the target. Cases tagged [slow] get the label `slow`, so that
# `ctest -LE slow` leaves them out. Call it after all sources of the target are named.
include(Catch)

function(absim_discover_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX" "LABELS")
  set(common
    TEST_PREFIX "${arg_PREFIX}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    PROPERTIES ENVIRONMENT "SC_COPYRIGHT_MESSAGE=DISABLE")
  set(labels ${arg_LABELS})

  set(has_slow FALSE)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(NOT source MATCHES "^\\$<")
      get_filename_component(path "${source}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
      file(STRINGS "${path}" tags REGEX "\\[slow\\]")
      if(tags)
        set(has_slow TRUE)
      endif()
    endif()
  endforeach()

  if(labels)
    catch_discover_tests(${target} TEST_SPEC "~[slow]" ${common} LABELS ${labels})
  else()
    catch_discover_tests(${target} TEST_SPEC "~[slow]" ${common})
  endif()
  if(has_slow)
    # CTest takes one value for a property here, so `slow` stands alone.
    catch_discover_tests(${target} TEST_SPEC "[slow]" TEST_LIST ${target}_slow ${common} LABELS slow)
  endif()
endfunction()
