# Big-endian 32-bit MIPS, glibc; Debian's g++-mips-linux-gnu. Programs run under qemu-mips.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR mips)
set(CMAKE_C_COMPILER mips-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER mips-linux-gnu-g++)
foreach(language IN ITEMS C CXX)  # the archiver that knows link-time optimisation
  set(CMAKE_${language}_COMPILER_AR mips-linux-gnu-gcc-ar)
  set(CMAKE_${language}_COMPILER_RANLIB mips-linux-gnu-gcc-ranlib)
endforeach()
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-mips)
# A 32-bit time_t would end in 2038.
set(CMAKE_C_FLAGS_INIT "-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
set(CMAKE_CXX_FLAGS_INIT "-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
