@ Priorities: preemption, equal priorities, BASEPRI, PRIMASK.
.include "program.inc"
.text
function main
  store NVIC_IPR, 0x00804080      @ IRQ0 0x80, IRQ1 0x40, IRQ2 0x80
  store NVIC_ISER, 7
  log_value 1
  store NVIC_ISPR, 1              @ IRQ0, which pends IRQ1 and IRQ2 itself
  log_value 2
  movs r0, #0x40
  msr basepri, r0
  store NVIC_ISPR, 2
  log_value 3                     @ held back
  mrs r0, basepri
  log r0
  movs r0, #0
  msr basepri, r0
  log_value 4
  cpsid i
  store NVIC_ISPR, 2
  ldr r0, =ICSR
  ldr r0, [r0]
  ubfx r0, r0, #12, #9            @ VECTPENDING
  log r0
  cpsie i
  log_value 5
  store NVIC_ICER, 2
  store NVIC_ISPR, 2
  log_value 6                     @ pending, but not enabled
  store NVIC_ICPR, 2
  store NVIC_ISER, 2
  finish
.pool

function irq0
  log_value 0x10
  store NVIC_ISPR, 6              @ IRQ1 preempts; IRQ2, as urgent as this one, waits
  log_value 0x11
  bx lr
function irq1
  log_value 0x20
  bx lr
function irq2
  log_value 0x30
  bx lr
.pool
