# x86-64 with musl (Debian's musl-tools), static. Device code needs no C++ run time: the headers of the
# host's libstdc++ are used, nothing of the library is linked (cxx_runtime.cc has the symbols that any
# class with a virtual function refers to).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER musl-gcc)
set(CMAKE_CXX_COMPILER g++)
foreach(language IN ITEMS C CXX)  # the archiver that knows link-time optimisation
  set(CMAKE_${language}_COMPILER_AR gcc-ar)
  set(CMAKE_${language}_COMPILER_RANLIB gcc-ranlib)
endforeach()
set(FACTORY_LINE_NO_CXX_RUNTIME ON)

if(NOT FACTORY_LINE_MUSL_FLAGS)
  function(compiler_path variable)
    execute_process(COMMAND g++ ${ARGN} OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    set(${variable} "${path}" PARENT_SCOPE)
  endfunction()
  compiler_path(gcc_include -print-file-name=include)
  compiler_path(gcc_version -dumpversion)
  compiler_path(gcc_machine -print-multiarch)
  # The kernel's headers, and nothing else of what lies beside them.
  set(kernel_headers "${CMAKE_BINARY_DIR}/kernel-headers")
  file(MAKE_DIRECTORY "${kernel_headers}")
  foreach(folder IN ITEMS linux mtd asm-generic ${gcc_machine}/asm)
    get_filename_component(name ${folder} NAME)
    file(CREATE_LINK "/usr/include/${folder}" "${kernel_headers}/${name}" SYMBOLIC)
  endforeach()
  set(FACTORY_LINE_MUSL_FLAGS
    "-include ${CMAKE_CURRENT_LIST_DIR}/libstdcxx_on_musl.h -nostdinc -isystem /usr/include/c++/${gcc_version} -isystem /usr/include/${gcc_machine}/c++/${gcc_version} -isystem /usr/include/x86_64-linux-musl -isystem ${gcc_include} -isystem ${kernel_headers}"
    CACHE INTERNAL "")
endif()
set(CMAKE_CXX_FLAGS_INIT "${FACTORY_LINE_MUSL_FLAGS}")
# The C driver links: it knows musl and adds no C++ library.
set(CMAKE_CXX_LINK_EXECUTABLE
  "musl-gcc <CMAKE_CXX_LINK_FLAGS> <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>")
# The compiler check would link with the host's library.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
