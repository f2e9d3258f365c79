list(APPEND ABSIM_SCHEDULE_SOURCES
  energy/energy.cpp
  energy/pe_cost.cpp
  energy/sram.cpp
  energy/tech_table.cpp)
