# f1p-check on every bundled plugin. Read after plugins/: what is not built is not checked.
set(check_dir ${CMAKE_CURRENT_BINARY_DIR}/check)
file(MAKE_DIRECTORY ${check_dir})

# sdk_check(PLUGIN NAME [f1p-check arguments ...])
function(sdk_check plugin name)
  if(NOT TARGET ${plugin} OR NOT TARGET f1p-check)
    return()
  endif()
  add_test(NAME check_${name} COMMAND f1p-check ${ARGN} $<TARGET_FILE:${plugin}>)
  f1pd_test_environment(check_${name})
  set_tests_properties(check_${name} PROPERTIES LABELS "integration;check" TIMEOUT 600)
endfunction()

sdk_check(source_simulator source_simulator)
sdk_check(source_replay source_replay -o path=${CMAKE_SOURCE_DIR}/tests/fixtures/short_race)
sdk_check(source_ergast source_ergast)
sdk_check(source_weather source_weather)
sdk_check(source_weather source_weather_openweather -o provider=openweather -o key=k)
sdk_check(source_livetiming source_livetiming)
sdk_check(predictor_order predictor_order)
sdk_check(predictor_midrace predictor_midrace)
sdk_check(predictor_ensemble predictor_ensemble)
sdk_check(sink_websocket sink_websocket -o port=0)
sdk_check(sink_metrics sink_metrics)
sdk_check(sink_metrics sink_metrics_textfile -o textfile=${check_dir}/f1pd.prom)
sdk_check(sink_log sink_log)
sdk_check(sink_log sink_log_file -o path=${check_dir}/race.log -o format=both -o events=all -o max_size=1M)

# f1p-check itself: plugins with one fault each.
set(faults none_source none_predictor none_sink extra_symbol crash_init exit_called leak_memory leak_fd slow_stop loose_id bad_default
  sink_overread sink_strict sink_greedy predictor_sum predictor_memory predictor_stubborn predictor_overwrite source_more source_drift
  source_bad_car source_stuck snapshot_kept)
if(F1PD_COVERAGE) # the counters' run-time does not fit modules with one exported symbol
  set(faults)
endif()
foreach(fault ${faults})
  string(TOUPPER ${fault} symbol)
  add_library(${fault} MODULE sdk_bad_plugin.c)
  target_compile_definitions(${fault} PRIVATE FAULT=${symbol} ID="${fault}")
  target_link_libraries(${fault} PRIVATE f1pd_abi f1pd_flags)
  target_link_options(${fault} PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/sdk/cmake/f1pd_plugin.map)
  set_target_properties(${fault} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${check_dir}/faults)
endforeach()
if(faults)
  set_target_properties(extra_symbol PROPERTIES LINK_OPTIONS "") # the version script would hide it
  add_test(NAME sdk_finds_faults COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/sdk_finds_faults.sh $<TARGET_FILE:f1p-check> ${check_dir}/faults)
  f1pd_test_environment(sdk_finds_faults)
  set_property(TEST sdk_finds_faults APPEND PROPERTY ENVIRONMENT "SANITIZER=${F1PD_SANITIZE}")
  set_tests_properties(sdk_finds_faults PROPERTIES LABELS "integration" TIMEOUT 600)
endif()

# What a plugin author does, against an installed prefix. Not with sanitizers: strangers' compilers know nothing of ours.
if(NOT F1PD_SANITIZE AND NOT F1PD_FUZZ)
  add_test(NAME sdk_out_of_tree COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/sdk_out_of_tree.sh ${CMAKE_BINARY_DIR})
  f1pd_test_environment(sdk_out_of_tree)
  set_tests_properties(sdk_out_of_tree PROPERTIES LABELS "integration" TIMEOUT 600)
endif()
