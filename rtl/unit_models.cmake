# Models of single blocks. A unit test runs on a model at Verilator's -O0 and on one at -O3 (_o0, _o3).
# Which blocks a block instantiates
set(_uses_posit_pe posit_product posit_decoder posit_multiplier)
set(_uses_act_buffer slot_flags ram)
set(_uses_bf16_mac fp_fma fp_unpack fp_normalise fp_round)
set(_uses_fp32_mac ${_uses_bf16_mac})
set(_uses_dfp_postproc_lane sdfp_shifter)
set(_uses_out_buffer ram)
set(_uses_pe_array abs_pe dfp_pe ${_uses_posit_pe} posit_pe)
set(_posit_accumulators posit_pe posit_window posit_chain posit_product posit_decoder posit_multiplier
  posit_encoder)
set(_uses_posit_units posit_dot posit_postproc_lane ${_posit_accumulators})
set(_uses_posit_window posit_product posit_decoder posit_multiplier)
set(_uses_postproc postproc_lane dfp_postproc_lane sdfp_shifter posit_postproc_lane posit_decoder
  posit_encoder)
set(_uses_sdfp_unit sdfp_shifter)
set(_uses_sequencer tile_walker bank_add)
set(_uses_slot_buffer slot_flags ram)
set(_uses_tile_walker bank_add)

# absim_verilate_unit(PREFIX block level [NAME=value ...])
function(absim_verilate_unit prefix block level)
  set(directory "${CMAKE_CURRENT_BINARY_DIR}/units/${prefix}")
  set(arguments ${level} ${_verilator_args} -y "${CMAKE_CURRENT_SOURCE_DIR}"
    -y "${CMAKE_CURRENT_SOURCE_DIR}/include" --top absim_${block})
  foreach(parameter IN LISTS ARGN)
    list(APPEND arguments "-G${parameter}")
  endforeach()
  foreach(source lint/verilator.vlt absim_pkg.sv absim_${block}.sv)
    list(APPEND arguments "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
  endforeach()
  set(inputs include/absim_assert.svh lint/verilator.vlt absim_pkg.sv verilate_unit.cmake)
  foreach(used ${block} ${_uses_${block}})
    list(APPEND inputs absim_${used}.sv)
  endforeach()
  add_custom_command(
    OUTPUT "${directory}/${prefix}_all.cpp"
    BYPRODUCTS "${directory}/${prefix}.h"
    COMMAND "${CMAKE_COMMAND}" -DVERILATOR=${VERILATOR_BIN} -DPREFIX=${prefix}
      -DDIRECTORY=${directory} "-DARGS=${arguments}"
      -P "${CMAKE_CURRENT_SOURCE_DIR}/verilate_unit.cmake"
    DEPENDS ${inputs}
    VERBATIM)
  target_sources(absim_rtl PRIVATE "${directory}/${prefix}_all.cpp")
  set_source_files_properties("${directory}/${prefix}_all.cpp" PROPERTIES COMPILE_FLAGS "-O1")
  target_include_directories(absim_rtl PUBLIC "${directory}")
endfunction()

# The PE alone, for `absim cosim-unit abs_pe`
foreach(_lanes 1 4 7 8 16)
  absim_verilate_unit(Vabs_pe_l${_lanes}_o3 abs_pe -O3 Lanes=${_lanes})
endforeach()
# The baselines' multiply-accumulate units, for `absim cosim-unit`
foreach(_mac int8 bf16 fp32)
  absim_verilate_unit(V${_mac}_mac_o3 ${_mac}_mac -O3)
endforeach()
# All posit units of a format, for `absim cosim-unit posit_pe` and posit_decoder: n_es
set(ABSIM_POSIT_FORMATS 8_0 8_1 8_2 16_1 16_2 7_1)
foreach(_format IN LISTS ABSIM_POSIT_FORMATS)
  string(REPLACE "_" ";" _pair ${_format})
  list(GET _pair 0 _n)
  list(GET _pair 1 _es)
  absim_verilate_unit(Vposit_${_format}_o3 posit_units -O3 N=${_n} Es=${_es})
  if(ABSIM_BUILD_TESTS)
    absim_verilate_unit(Vposit_${_format}_o0 posit_units -O0 N=${_n} Es=${_es})
  endif()
endforeach()
# The S-DFP shifter, for `absim cosim-unit sdfp_shifter`
absim_verilate_unit(Vsdfp_unit_o3 sdfp_unit -O3)
if(NOT ABSIM_BUILD_TESTS)
  return()
endif()

foreach(_mac int8 bf16 fp32)
  absim_verilate_unit(V${_mac}_mac_o0 ${_mac}_mac -O0)
endforeach()

foreach(_lanes 1 4 7 8 16)
  absim_verilate_unit(Vabs_pe_l${_lanes}_o0 abs_pe -O0 Lanes=${_lanes})
endforeach()
absim_verilate_unit(Vsdfp_unit_o0 sdfp_unit -O0)
foreach(_level 0 3)
  foreach(_lanes 1 7 16)
    absim_verilate_unit(Vdfp_pe_l${_lanes}_o${_level} dfp_pe -O${_level} Lanes=${_lanes})
  endforeach()
  absim_verilate_unit(Vdfp_postproc_lane_o${_level} dfp_postproc_lane -O${_level})
  absim_verilate_unit(Vdfp_stats_o${_level} dfp_stats -O${_level} CountBits=12)
  absim_verilate_unit(Vact_buffer_o${_level} act_buffer -O${_level} Rows=5 Lanes=3 Banks=4 Words=12)
  absim_verilate_unit(Vact_buffer_b5_o${_level} act_buffer -O${_level} Rows=8 Lanes=2 Banks=5 Words=9)
  absim_verilate_unit(Vdrain_o${_level} drain -O${_level} Rows=3 Cols=5 PostLanes=2)
  absim_verilate_unit(Vdrain_wide_o${_level} drain -O${_level} Rows=3 Cols=5 PostLanes=2 AccBits=112)
  absim_verilate_unit(Vout_buffer_o${_level} out_buffer -O${_level} Width=20 Depth=7)
  absim_verilate_unit(Vpe_array_o${_level} pe_array -O${_level} Rows=2 Cols=3 Lanes=5)
  absim_verilate_unit(Vpe_array_dfp_o${_level} pe_array -O${_level} Rows=2 Cols=3 Lanes=5 PeKind=1 WeightBits=8)
  absim_verilate_unit(Vpe_array_posit_o${_level} pe_array -O${_level} Rows=2 Cols=3 Lanes=5 PeKind=2 WeightBits=8
    AccBits=64)
  absim_verilate_unit(Vposit_pe_8_1_o${_level} posit_pe -O${_level} N=8 Es=1 Lanes=5)
  absim_verilate_unit(Vposit_pe_16_1_o${_level} posit_pe -O${_level} N=16 Es=1 Lanes=3)
  absim_verilate_unit(Vposit_window_o${_level} posit_window -O${_level} N=8 Es=1 Low=-10 High=7 Guard=6)
  absim_verilate_unit(Vpostproc_o${_level} postproc -O${_level} PostLanes=3)
  absim_verilate_unit(Vsequencer_o${_level} sequencer -O${_level} Rows=4 Cols=6 Banks=4)
  absim_verilate_unit(Vsequencer_b5_o${_level} sequencer -O${_level} Rows=3 Cols=5 Banks=5)
  absim_verilate_unit(Vslot_buffer_o${_level} slot_buffer -O${_level} Width=24 Depth=11)
  absim_verilate_unit(Vslot_buffer_d1_o${_level} slot_buffer -O${_level} Width=9 Depth=1)
  absim_verilate_unit(Vtag_fifo_o${_level} tag_fifo -O${_level} Depth=3)
endforeach()
# For the tests that fire assertions
absim_verilate_unit(Vslot_flags_o3 slot_flags -O3)
absim_verilate_unit(Vtile_walker_o3 tile_walker -O3 Rows=3 Cols=5 Banks=5)
