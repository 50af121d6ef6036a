# Cortex-M4 without an operating system (STM32F411). Soft floating point: nothing here computes with any.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(cpu_flags "-mcpu=cortex-m4 -mthumb -mfloat-abi=soft --specs=nano.specs")
set(CMAKE_C_FLAGS_INIT "${cpu_flags}")
set(CMAKE_CXX_FLAGS_INIT "${cpu_flags}")
set(CMAKE_ASM_FLAGS_INIT "${cpu_flags}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles -flto-partition=one")  # one partition: 0.5 % less code

# No unwind tables, and no C++ library at run time: cxx_runtime.cc has what a compiler asks for.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-unwind-tables> $<$<COMPILE_LANGUAGE:CXX>:-fno-asynchronous-unwind-tables>)
add_compile_definitions(FACTORY_LINE_FREESTANDING)
set(FACTORY_LINE_NO_CXX_RUNTIME ON)
set(FACTORY_LINE_STM32F411 ON)
