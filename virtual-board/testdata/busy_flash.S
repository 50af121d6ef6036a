@ Erases sector 7 and polls BSY, first from flash, where the core stalls, then from SRAM, where it does not.
.include "program.inc"
.equ FLASH, 0x40023C00
.text
function main
  ldr r4, =FLASH
  ldr r0, =0x45670123
  str r0, [r4, #4]
  ldr r0, =0xCDEF89AB
  str r0, [r4, #4]
  bl erase_and_poll
  log r0
  ldr r1, =erase_and_poll
  bic r1, #1
  ldr r2, =0x20000000
  ldr r3, =erase_end
1: ldr r0, [r1], #4
  str r0, [r2], #4
  cmp r1, r3
  blo 1b
  ldr r1, =0x20000001
  blx r1
  log r0
  finish
.pool
.balign 4
function erase_and_poll
  ldr r1, =0x00010002 | 7 << 3 | 2 << 8
  str r1, [r4, #16]
  movs r0, #0
1: adds r0, #1
  ldr r1, [r4, #12]
  tst r1, #0x10000
  bne 1b
  bx lr
.pool
.balign 4
erase_end:
