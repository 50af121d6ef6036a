@ The MPU as firmware uses it: no code in SRAM, nothing below the stack; divisions by zero that trap; accesses that must be
@ aligned.
.include "program.inc"
.equ MPU_TYPE, 0xE000ED90
.equ MPU_CTRL, 0xE000ED94
.equ MPU_RNR, 0xE000ED98
.equ MPU_RBAR, 0xE000ED9C
.equ MPU_RASR, 0xE000EDA0
.equ MMFAR, 0xE000ED34
.equ CCR, 0xE000ED14
.text
function main
  ldr r0, =MPU_TYPE
  ldr r0, [r0]
  log r0
  store SHCSR, 0x00070000
  store SHPR2, 0x80000000         @ SVCall less urgent than the faults
  ldr r0, =0x20000100
  ldr r1, =0x47704770             @ BX LR
  str r1, [r0]
  ldr r2, =0x20000101
  blx r2                          @ allowed still
  store MPU_RNR, 0
  store MPU_RBAR, 0x1FFFF000
  store MPU_RASR, 0x10000000 | 11 << 1 | 1          @ 4 KiB, nobody
  store MPU_RBAR, 0x20000000 | 1 << 4 | 1           @ with the region's number
  store MPU_RASR, 0x13060000 | 16 << 1 | 1          @ 128 KiB, all may read and write, nobody execute
  store MPU_CTRL, 5
  dsb
  isb
  log_value 1
  ldr r0, =0x20000101
  blx r0
after_branch:
  log_value 2
  ldr r0, =0x1FFFFFF0
  ldr r1, [r0]
  log_value 3
  movs r0, #0
  movs r1, #7
  udiv r2, r1, r0
  log r2
  store CCR, 0x210                @ DIV_0_TRP, STKALIGN
  movs r1, #7
  movs r2, #3
  udiv r1, r1, r2
  log r1
  udiv r1, r1, r0
  log_value 4
  ldr r0, =0x20000203
  ldr r1, [r0]                    @ a single word may be anywhere
  ldrd r1, r2, [r0]               @ two may not
  ldmia.w r0, {r1, r2}
  log_value 5
  ldr r0, =0x20000010
  mov sp, r0
  svc 0                           @ the frame does not fit
  finish
.pool

function mem_manage
  ldr r0, =CFSR
  ldr r1, [r0]
  log r1
  str r1, [r0]
  tst r1, #0x10                   @ MSTKERR: there is no frame
  bne overflow
  ldr r0, =MMFAR
  ldr r0, [r0]
  log r0
  ldr r0, [sp, #24]
  log r0
  adds r2, r0, #2
  tst r1, #1                      @ IACCVIOL
  it ne
  ldrne r2, =after_branch
  str r2, [sp, #24]
  bx lr
overflow:
  mrs r0, ipsr
  log r0
  finish
.pool
function usage_fault
  ldr r0, =CFSR
  ldr r1, [r0]
  log r1
  str r1, [r0]
  ldr r0, [sp, #24]
  adds r0, #4
  str r0, [sp, #24]
  bx lr
.pool
