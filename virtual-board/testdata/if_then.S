@ A sum made in IT blocks, one of which crosses a page of 4 KiB, while SysTick interrupts every 61 cycles and spoils the flags.
.include "program.inc"
.text
function main
  store SYST_RVR, 60
  store SYST_CVR, 0
  store SYST_CSR, 7
  ldr r0, =20000
  movs r1, #0
  movs r9, #0
  b 1f
.pool
.balign 4096
.space 4096 - 8
1: tst r0, #1
  ittte eq
  addeq r1, r1, #3
  eoreq r1, r1, r0
  addeq r1, r1, r1, ror #7
  subne r1, r1, #5
  tst r0, #6
  itete ne
  addne r1, r1, r0
  rsbeq r1, r1, #17
  eorne r1, r1, r1, lsr #3
  addeq r1, r1, #1
  cmp r1, r0
  itt hi
  addhi r1, r1, #9
  eorhi r1, r1, r0, lsl #5
  subs r0, #1
  bne 1b
  store SYST_CSR, 0
  log r1
  log r9
  finish
.pool
function systick
  adds r9, #1
  movs r3, #0
  cmp r3, #1
  it lo
  addlo r3, #1
  bx lr
.pool
