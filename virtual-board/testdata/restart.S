@ A software reset: SRAM stays, and RCC_CSR says why.
.include "program.inc"
.equ MARK, 0x20012000
.equ RCC_CSR, 0x40023874
.text
function main
  ldr r0, =MARK
  ldr r1, [r0]
  ldr r2, =0x51A7ED
  cmp r1, r2
  beq again
  str r2, [r0]
  log_value 1
  store AIRCR, 0x00000004         @ without the key: nothing
  log_value 2
  store AIRCR, 0x05FA0004
  log_value 3                     @ never
  finish
again:
  add r10, #8
  log_value 4
  ldr r0, =RCC_CSR
  ldr r1, [r0]
  log r1
  finish
.pool
