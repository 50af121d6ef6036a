@ Floating-point registers over an exception: the extended frame.
.include "program.inc"
.text
function main
  store CPACR, 0x00F00000
  ldr r0, =0x3FC00000             @ 1.5
  vmov s0, r0
  vmov s15, r0
  vadd.f32 s1, s0, s0
  svc 0
  vmov r0, s0
  log r0
  vmov r0, s1
  log r0
  vmov r0, s15
  log r0
  log sp
  finish
.pool
function svc
  log lr
  log sp
  movs r0, #0
  vmov s0, r0
  vmov s1, r0
  vmov s15, r0
  bx lr
.pool
