@ Stores into main flash: refused while locked, and what the core reads afterwards is what the cells hold.
.include "program.inc"
.equ FLASH, 0x40023C00
.text
function main
  ldr r4, =FLASH
  ldr r5, =0x08060000
  ldr r0, =0x12345678
  str r0, [r5]                    @ locked
  ldr r1, [r5]
  log r1
  ldr r1, [r4, #12]
  log r1
  str r1, [r4, #12]
  ldr r1, =0x45670123
  str r1, [r4, #4]
  ldr r1, =0xCDEF89AB
  str r1, [r4, #4]
  ldr r1, =0x201                  @ PG, x32
  str r1, [r4, #16]
  str r0, [r5]
  ldr r1, [r5]
  log r1
  ldr r0, =0xFF00FFFF             @ only 1 to 0
  str r0, [r5]
  ldr r1, [r5]
  log r1
  ldr r0, =0xCAFECAFE
  ldr r1, =0x11112222
  stmia r5!, {r0, r1}
  ldr r1, [r5, #-4]
  log r1
  finish
.pool
