list(APPEND ABSIM_SCHEDULE_SOURCES core/arch_config.cpp core/setting.cpp core/sweep_cases.cpp
     core/sweep_config.cpp core/sweep_points.cpp)
