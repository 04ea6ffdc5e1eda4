# Simulated races through the core, against the simulator's own truth.
if(TARGET source_simulator_impl)
  f1pd_test(simulator_fold LABEL integration SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/simulator_fold.c LIBS f1pd_core source_simulator_impl
    TIMEOUT 600)
  if(TARGET simulator_fold)
    target_include_directories(simulator_fold PRIVATE ${PROJECT_SOURCE_DIR}/plugins/source_simulator)
  endif()
endif()
