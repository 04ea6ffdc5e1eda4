# What a plugin author needs in an installed prefix: CMake package, pkg-config file, generator and template.
include(CMakePackageConfigHelpers)

file(STRINGS ${PROJECT_SOURCE_DIR}/include/f1pd/base.h abi_lines REGEX "^#define F1P_ABI_(MAJOR|MINOR) ")
string(REGEX REPLACE "#define F1P_ABI_[A-Z]+ ([0-9]+)u[^;]*" "\\1" abi_numbers "${abi_lines}")
string(REPLACE ";" "." F1PD_ABI "${abi_numbers}")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/f1pd)
set(F1PD_CHECK_PATH ${CMAKE_INSTALL_BINDIR}/f1p-check)
file(RELATIVE_PATH F1PD_PC_TO_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)

configure_package_config_file(cmake/f1pdConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/f1pdConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR F1PD_PLUGIN_DIR F1PD_CHECK_PATH)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/f1pdConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMajorVersion)
configure_file(cmake/f1pd.pc.in ${CMAKE_CURRENT_BINARY_DIR}/f1pd.pc @ONLY)

install(FILES cmake/f1pdPlugin.cmake cmake/f1pd_plugin.map ${CMAKE_CURRENT_BINARY_DIR}/f1pdConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/f1pdConfigVersion.cmake DESTINATION ${package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/f1pd.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(PROGRAMS f1p-new DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY template DESTINATION ${CMAKE_INSTALL_DATADIR}/f1pd)
