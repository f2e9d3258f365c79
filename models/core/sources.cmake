list(APPEND ABSIM_MODELS_SOURCES
  core/core.cpp
  core/nearest.cpp
  core/sha256.cpp
  core/staged_directory.cpp
  core/yaml_reader.cpp
  core/yaml_tree.cpp)
