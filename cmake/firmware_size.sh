#!/bin/sh
# What a firmware image takes of the chip, from the symbols of its linker script. cmake/firmware_size.sh NM ELF
set -eu
symbols=$("$1" "$2")
address() { printf '%d' "0x$(printf '%s\n' "$symbols" | awk -v name="$1" '$3 == name {print $1; exit}')"; }
s0=$(($(address sector0_end) - 0x08000000))
main=$(($(address main_image_end) - 0x08010000))
ram=$(($(address bss_end) - $(address stack_top)))
printf 'size: %s: flash %d bytes (sector 0 %d, from sector 4 on %d), static RAM %d bytes\n' "$(basename "$2")" \
  $((s0 + main)) "$s0" "$main" "$ram"
