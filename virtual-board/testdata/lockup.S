@ A fault in the handler of HardFault.
.include "program.inc"
.text
function main
  log_value 1
  udf #0
.pool
function hard_fault
  log_value 2
  ldr r0, =0x60000000
  ldr r0, [r0]
  log_value 3
.pool
