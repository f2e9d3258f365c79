list(APPEND ABSIM_APP_SOURCES app/cmd_cosim.cpp app/cmd_cosim_unit.cpp app/cmd_quantize.cpp app/quantize_options.cpp
     app/cmd_report.cpp app/cmd_run.cpp app/cmd_sweep.cpp app/command.cpp app/experiment.cpp
     app/main.cpp app/pe_models.cpp app/pe_vectors.cpp
     # absim cosim-unit: a line a unit
     app/cosim_units.cpp app/unit_vectors.cpp
     app/unit_abs_pe.cpp
     app/mac_models.cpp app/unit_float_mac.cpp app/unit_int8_mac.cpp
     app/posit_text.cpp app/unit_posit_decoder.cpp app/unit_posit_pe.cpp
     app/unit_sdfp_shifter.cpp)
