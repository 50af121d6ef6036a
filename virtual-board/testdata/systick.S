@ Four ticks of 1000 cycles: the handler logs the cycle counter.
.include "program.inc"
.text
function main
  store DEMCR, 0x01000000
  store DWT_CTRL, 1
  store SYST_RVR, 999
  store SYST_CVR, 0
  movs r9, #0
  store SYST_CSR, 7
1: cmp r9, #4
  bne 1b
  store SYST_CSR, 0
  finish
.pool
function systick
  ldr r0, =DWT_CYCCNT
  ldr r0, [r0]
  log r0
  add r9, #1
  bx lr
.pool
