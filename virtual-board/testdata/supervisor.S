@ SVC and PendSV from a thread on the process stack, with a stack that needs alignment.
.include "program.inc"
.text
function main
  log sp
  log lr
  ldr r0, =0x20004004             @ not a multiple of 8
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
  store SHPR3, 0x00F00000         @ PendSV least urgent
  movs r0, #1
  movs r1, #2
  movs r2, #3
  movs r3, #4
  cmp r0, r0
  svc 42
  mrs r4, apsr
  log r0
  log r1
  log r4
  log sp
  mrs r0, control
  log r0
  finish
.pool
function svc
  log lr
  mrs r0, ipsr
  log r0
  mrs r0, control
  log r0
  mrs r1, psp
  log r1
  ldr r0, [r1, #28]               @ xPSR: bit 9 says that 4 bytes were skipped
  and r0, #0x200
  log r0
  ldr r0, [r1, #24]
  ldrb r0, [r0, #-2]              @ SVC's number
  log r0
  store ICSR, 0x10000000
  dsb
  log_value 0x51
  movs r0, #77
  str r0, [r1, #4]                @ what R1 will be
  movs r0, #0
  cmp r0, #1                      @ flags that must not survive
  bx lr
.pool
function pend_sv
  log_value 0x52
  bx lr
.pool
