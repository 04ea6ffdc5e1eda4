# Simulated races through the arbiter: cut, silent, doubled and late sources, against the race that was not disturbed.
if(TARGET source_simulator_impl)
  f1pd_test(arbiter_races LABEL integration SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/arbiter_races.c LIBS f1pd_core source_simulator_impl
    TIMEOUT 600)
  if(TARGET arbiter_races)
    target_include_directories(arbiter_races PRIVATE ${PROJECT_SOURCE_DIR}/plugins/source_simulator)
  endif()
endif()
