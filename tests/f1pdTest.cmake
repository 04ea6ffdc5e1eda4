# f1pd_test(NAME LABEL unit|integration|e2e SOURCES ... [LIBS ...] [TIMEOUT s])
# A cmocka program. F1PD_SHARED names the folder with third-party recordings; where it is absent, tests that need it print
# "SKIPPED: ..." and return 77.
set(F1PD_SHARED ${CMAKE_SOURCE_DIR}/../shared CACHE PATH "Folder with recordings and history; may be absent")

function(f1pd_test_environment name)
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 ENVIRONMENT
    "F1PD_SHARED=${F1PD_SHARED};F1PD_SOURCE=${CMAKE_SOURCE_DIR};F1PD_BUILD=${CMAKE_BINARY_DIR};ASAN_OPTIONS=detect_stack_use_after_return=1:detect_leaks=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1:suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
endfunction()

function(f1pd_test name)
  if(NOT F1PD_TESTS)
    return()
  endif()
  cmake_parse_arguments(T "" "LABEL;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_executable(${name} ${T_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${T_LIBS} f1pd_flags cmocka)
  add_test(NAME ${name} COMMAND ${name})
  f1pd_test_environment(${name})
  set_tests_properties(${name} PROPERTIES LABELS "${T_LABEL}" TIMEOUT ${T_TIMEOUT})
endfunction()

# f1pd_fuzz(NAME SOURCES ... LIBS ...): a libFuzzer program in the fuzz preset; its seeds are in tests/fuzz/corpus/NAME.
function(f1pd_fuzz name)
  if(NOT F1PD_FUZZ)
    return()
  endif()
  cmake_parse_arguments(T "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  target_link_libraries(${name} PRIVATE ${T_LIBS} f1pd_flags -fsanitize=fuzzer,address,undefined)
endfunction()
