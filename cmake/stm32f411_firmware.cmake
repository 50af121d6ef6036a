# Firmware of the NUCLEO-F411RE: how a program becomes an image for its two pieces of flash.
set(FACTORY_LINE_BAUD 115200 CACHE STRING "Baud of the firmware's serial line")
# Off for a build that is made to be measured, such as one with FACTORY_LINE_P256M=OFF.
option(FACTORY_LINE_FIRMWARE_GATES "A link fails over its gate in cmake/firmware_sizes.txt" ON)

# stm32f411_firmware(NAME SOURCES... LINK libs...): build/firmware/NAME.elf, NAME.hex, and one binary for each piece:
# NAME-s0.bin (0x08000000) and NAME-main.bin (0x08010000). A single binary would run over the root of trust between them.
function(stm32f411_firmware name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  set(script "${CMAKE_SOURCE_DIR}/device/port/stm32f411/stm32f411.ld")
  set(sizes "${CMAKE_SOURCE_DIR}/cmake/firmware_sizes.txt")
  set(image "${CMAKE_BINARY_DIR}/${name}")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES
    OUTPUT_NAME "${name}" SUFFIX ".elf" RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}" LINK_DEPENDS "${script};${sizes}")
  target_compile_definitions(${name} PRIVATE FACTORY_LINE_BAUD=${FACTORY_LINE_BAUD})
  target_link_libraries(${name} PRIVATE device_options ${arg_LINK} device_stm32f411)
  target_link_options(${name} PRIVATE "-T${script}" "-Wl,-Map=${image}.map" -Wl,-z,max-page-size=4 -Wl,--fatal-warnings)
  add_custom_command(TARGET ${name} POST_BUILD VERBATIM
    COMMAND "${CMAKE_SOURCE_DIR}/cmake/firmware_symbols.sh" "${CMAKE_NM}" "${image}.elf"
    COMMAND "${CMAKE_OBJCOPY}" -O ihex "${image}.elf" "${image}.hex"
    COMMAND "${CMAKE_OBJCOPY}" -O binary -j .isr_vector -j .batch_block -j .rodata "${image}.elf" "${image}-s0.bin"
    COMMAND "${CMAKE_OBJCOPY}" -O binary -j .text -j .data "${image}.elf" "${image}-main.bin"
    COMMAND "${CMAKE_SOURCE_DIR}/cmake/firmware_size.sh" "$<IF:$<BOOL:${FACTORY_LINE_FIRMWARE_GATES}>,--gate,--no-gate>"
      "${CMAKE_NM}" "${image}.elf" "${sizes}")
endfunction()
