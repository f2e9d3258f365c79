list(APPEND ABSIM_SCHEDULE_SOURCES
  energy/energy.cpp
  energy/sram.cpp
  energy/tech_table.cpp)
