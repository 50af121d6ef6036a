@ Each fault once: handlers log the status, where it was, and go on behind it or repair its cause.
.include "program.inc"
.text
function main
  store SHCSR, 0x00070000
  log_value 1                     @ ---- unmapped read: address, PC; the target register is untouched
  ldr r5, =0x60000000
  movs r0, #5
unmapped_read:
  ldr r0, [r5]
  log r0
  log_value 2                     @ ---- unmapped write
  ldr r5, =0xA0000010
unmapped_write:
  str r0, [r5]
  log_value 3                     @ ---- a peripheral space address with nothing behind it
  ldr r5, =0x40030000
  movs r0, #6
empty_peripheral:
  ldr r0, [r5]
  log r0
  log_value 4                     @ ---- in an IT block; the handler repairs R5 and the instruction is run again
  ldr r5, =0x60000000
  movs r6, #0
  movs r7, #0
  cmp r6, r6
  itete eq
  moveq r6, #1
  movne r6, #9
fault_in_it:
  ldreq r0, [r5]
  addne r7, #4
  log r6
  log r7
  log_value 5                     @ ---- undefined
undefined:
  udf #1
  log_value 6                     @ ---- floating point while it is off
no_coprocessor:
  vmov s0, r0
  log_value 7                     @ ---- a branch to where code must not be
  ldr r0, =0x40000001
  blx r0
after_branch:
  log_value 8                     @ ---- a branch to an even address
  ldr r0, =0x08000100
  blx r0
after_state:
  log_value 9                     @ ---- undefined, UsageFault off: HardFault
  store SHCSR, 0
  store CFSR, 0xFFFFFFFF
escalated:
  udf #2
  finish
.pool

.macro handler_of number
  mrs r0, ipsr
  log r0
  ldr r0, =CFSR
  ldr r1, [r0]
  log r1
  str r1, [r0]                    @ cleared by writing 1
.endm

function bus_fault
  handler_of 5
  ldr r0, =BFAR
  ldr r0, [r0]
  log r0
  ldr r0, [sp, #24]
  log r0
  ldr r1, =fault_in_it
  cmp r0, r1
  bne 1f
  ldr r5, =0x20000000
  bx lr
1: adds r0, #2
  str r0, [sp, #24]
  bx lr
.pool
function usage_fault
  handler_of 6
  ldr r0, [sp, #24]
  log r0
  and r2, r1, #0x20000            @ INVSTATE
  cbz r2, 1f
  ldr r0, =after_state
  ldr r2, [sp, #28]
  orr r2, #0x01000000             @ T again
  str r2, [sp, #28]
  b 2f
1: adds r0, #2
  tst r1, #0x80000                @ NOCP: a 32-bit instruction
  it ne
  addne r0, #2
2: str r0, [sp, #24]
  bx lr
.pool
function mem_manage
  handler_of 4
  ldr r0, [sp, #24]
  log r0
  ldr r0, =after_branch
  str r0, [sp, #24]
  bx lr
.pool
function hard_fault
  handler_of 3
  ldr r0, =HFSR
  ldr r1, [r0]
  log r1
  ldr r0, [sp, #24]
  adds r0, #2
  str r0, [sp, #24]
  bx lr
.pool
.global unmapped_read, unmapped_write, empty_peripheral, fault_in_it, undefined, no_coprocessor, escalated
