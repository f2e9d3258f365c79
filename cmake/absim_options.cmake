# Compile options shared by all of absim's own targets: strict warnings, optional sanitizers.
add_library(absim_options INTERFACE)
target_include_directories(absim_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(absim_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
if(ABSIM_SANITIZE)
  target_compile_options(absim_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(absim_options INTERFACE -fsanitize=address,undefined)
endif()
