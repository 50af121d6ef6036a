# Compile options of our own code. `factory_line_options`: everywhere; `device_options`: code that also
# runs on a chip, which has neither exceptions nor RTTI nor a heap of its own.
add_library(factory_line_options INTERFACE)
target_compile_features(factory_line_options INTERFACE cxx_std_23)
# A designated initialiser that names some members leaves the others at their defaults on purpose.
target_compile_options(factory_line_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wundef
    -Wno-missing-field-initializers>)
target_include_directories(factory_line_options INTERFACE "${CMAKE_SOURCE_DIR}")
# g++ 12 warns wrongly about joined strings when it optimises fully (GCC bug 105651).
target_compile_options(factory_line_options INTERFACE
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<CONFIG:Release>>:-Wno-restrict>)
if(FACTORY_LINE_WERROR)
  target_compile_options(factory_line_options INTERFACE -Werror)
endif()

add_library(device_options INTERFACE)
target_link_libraries(device_options INTERFACE factory_line_options)
target_compile_options(device_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)

# A toolchain that links no C++ library: device code needs none but these symbols.
if(FACTORY_LINE_NO_CXX_RUNTIME)
  add_library(cxx_runtime STATIC cmake/toolchains/cxx_runtime.cc)
  if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
    target_sources(cxx_runtime PRIVATE cmake/toolchains/c_memory.c)
    set_source_files_properties(cmake/toolchains/c_memory.c PROPERTIES
      COMPILE_OPTIONS "-fno-lto;-fno-builtin;-fno-tree-loop-distribute-patterns")
  endif()
  target_link_libraries(device_options INTERFACE cxx_runtime)
endif()

if(FACTORY_LINE_SANITIZE)
  # For third parties too: a buffer overrun inside Mbed TLS that we cause is ours.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
# Every object may be linked with --gc-sections; matters for size on device targets.
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)

# device_library(NAME SOURCES... ): a library that runs on chip and host.
function(device_library name)
  add_library(${name} STATIC ${ARGN})
  # Without RTTI a sanitizer cannot check dynamic types; everything else of UBSan stays on.
  if(FACTORY_LINE_SANITIZE)
    target_compile_options(${name} PRIVATE -fno-sanitize=vptr)
  endif()
  target_link_libraries(${name} PRIVATE device_options)
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_compile_features(${name} PUBLIC cxx_std_23)
endfunction()

# host_library(NAME SOURCES...): a library of the factory host.
function(host_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PRIVATE factory_line_options)
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_compile_features(${name} PUBLIC cxx_std_23)
endfunction()

# unit_test(NAME SOURCES... LINK libs...): a GoogleTest program; every TEST in it is a ctest test of its own
# only by program, so that start-up is paid once.
function(unit_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "LINK" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE factory_line_options ${arg_LINK} GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE FACTORY_LINE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # Device headers are compiled without RTTI; the test only calls them.
  if(FACTORY_LINE_SANITIZE)
    target_compile_options(${name} PRIVATE -fno-sanitize=vptr)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
