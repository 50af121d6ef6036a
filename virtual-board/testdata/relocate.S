@ A vector table and its handler in SRAM; and code there that is written anew and runs again.
.include "program.inc"
.text
function main
  ldr r0, =0x20000200             @ the table
  ldr r1, =0x20000400             @ the handler: MOVS R1,#9; STR R1,[SP,#4]; BX LR
  ldr r2, =0x91012109
  str r2, [r1]
  ldr r2, =0x4770
  str r2, [r1, #4]
  orr r1, #1
  str r1, [r0, #44]
  svc 0                           @ the one in flash
  log r1
  ldr r12, =VTOR
  str r0, [r12]
  ldr r2, [r12]
  log r2
  svc 0                           @ the one in SRAM
  log r1
  ldr r3, =0x20000500
  ldr r2, =0x4770202A             @ MOVS R0,#42; BX LR
  str r2, [r3]
  orr r3, #1
  blx r3
  log r0
  ldr r2, =0x4770202B             @ MOVS R0,#43
  str r2, [r3, #-1]
  blx r3
  log r0
  finish
.pool
function svc
  log_value 0x08
  movs r1, #7
  str r1, [sp, #4]
  bx lr
.pool
