@ WFI with and without PRIMASK, WFE with SEV, and sleep on exit.
.include "program.inc"
.text
function main
  store SYST_RVR, 15999           @ 1 ms of 16 MHz
  store SYST_CVR, 0
  store SYST_CSR, 7
  wfi                             @ the handler runs
  log_value 1
  cpsid i
  wfi                             @ awake, but the handler waits
  log_value 2
  cpsie i
  log_value 3
  store SYST_CSR, 0
  sev
  wfe                             @ the event is there already
  log_value 4
  mov r9, #2
  store SYST_CSR, 7
  store SCR, 2                    @ SLEEPONEXIT: only the handler runs from now on
  wfi
  log_value 5
  finish
.pool
function systick
  log_value 0x10
  subs r9, #1
  it eq
  ldreq r12, =SCR
  it eq
  streq r9, [r12]
  bx lr
.pool
