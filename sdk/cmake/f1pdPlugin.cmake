# f1p_add_plugin(NAME SOURCES a.c ... [LIBS target ...])
#
# Builds the module NAME.so (one exported symbol: f1p_entry_v1) and the static library NAME_impl with the same objects, which
# tests link. The same function serves the bundled plugins and, through find_package(f1pd), everybody else's.
set(F1P_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(f1p_add_plugin name)
  cmake_parse_arguments(P "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name}_impl STATIC ${P_SOURCES})
  target_compile_features(${name}_impl PUBLIC c_std_17)
  set_target_properties(${name}_impl PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_include_directories(${name}_impl PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name}_impl PUBLIC f1pd::f1pd ${P_LIBS})
  add_library(${name} MODULE)
  target_link_libraries(${name} PRIVATE -Wl,--whole-archive ${name}_impl -Wl,--no-whole-archive)
  set_target_properties(${name} PROPERTIES PREFIX "" LINKER_LANGUAGE C
    LINK_DEPENDS ${F1P_CMAKE_DIR}/f1pd_plugin.map)
  target_link_options(${name} PRIVATE -Wl,--version-script=${F1P_CMAKE_DIR}/f1pd_plugin.map -Wl,--exclude-libs,ALL)
  if(NOT CMAKE_C_FLAGS MATCHES "fsanitize" AND NOT F1PD_SANITIZE AND NOT F1PD_FUZZ)
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  if(F1PD_BUILD_PLUGIN_DIR) # inside the project
    target_link_libraries(${name}_impl PRIVATE f1pd_flags)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${F1PD_BUILD_PLUGIN_DIR})
    install(TARGETS ${name} LIBRARY DESTINATION ${F1PD_PLUGIN_DIR})
  endif()
endfunction()
