# 32-bit Arm, hard float, glibc; Debian's g++-arm-linux-gnueabihf. Programs run under qemu-arm.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
foreach(language IN ITEMS C CXX)  # the archiver that knows link-time optimisation
  set(CMAKE_${language}_COMPILER_AR arm-linux-gnueabihf-gcc-ar)
  set(CMAKE_${language}_COMPILER_RANLIB arm-linux-gnueabihf-gcc-ranlib)
endforeach()
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-arm)
# A 32-bit time_t would end in 2038.
set(CMAKE_C_FLAGS_INIT "-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
set(CMAKE_CXX_FLAGS_INIT "-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
