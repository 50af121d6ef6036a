// The registers of the core, as Unicorn keeps them.
#include <unicorn/unicorn.h>

#include "virtual-board/core/cpu.h"
#include "virtual-board/core/program_status.h"

namespace virtual_board {

uint32_t Cpu::get(int id) const {
  uint32_t value = 0;
  uc_reg_read(engine_, id, &value);
  return value;
}

void Cpu::set(int id, uint32_t value) { uc_reg_write(engine_, id, &value); }

void Cpu::set_pc(uint32_t address, bool thumb) {
  pc_ = address & ~1U;
  thumb_ = thumb;
}

uint32_t Cpu::reg(unsigned number) const {
  switch (number) {
    case 13:
      return get(UC_ARM_REG_SP);
    case 14:
      return get(UC_ARM_REG_LR);
    default:
      return get(UC_ARM_REG_R0 + static_cast<int>(number));
  }
}

void Cpu::set_reg(unsigned number, uint32_t value) {
  switch (number) {
    case 13:
      return set(UC_ARM_REG_SP, value & ~3U);
    case 14:
      return set(UC_ARM_REG_LR, value);
    default:
      return set(UC_ARM_REG_R0 + static_cast<int>(number), value);
  }
}

uint32_t Cpu::xpsr() const {
  return (get(UC_ARM_REG_XPSR) & ~(kItBits | kThumbBit)) | it_to_xpsr(it_current_) | (thumb_ ? kThumbBit : 0);
}

void Cpu::set_xpsr(uint32_t value) {
  thumb_ = (value & kThumbBit) != 0;
  it_current_ = it_from_xpsr(value);
  it_written_ = true;  // Unicorn's own copy is brought up to date when it starts
  set(UC_ARM_REG_XPSR_NZCVQG, (value & ~kItBits) | kThumbBit);
}

uint32_t Cpu::control() const { return get(UC_ARM_REG_CONTROL) & 3; }
void Cpu::set_control(uint32_t value) { set(UC_ARM_REG_CONTROL, value & 3); }
void Cpu::set_stack_pointer(bool process, uint32_t value) {
  set(process ? UC_ARM_REG_PSP : UC_ARM_REG_MSP, value & ~3U);
}

uint32_t Cpu::process_stack() const { return get(UC_ARM_REG_PSP); }

uint32_t Cpu::primask() const { return get(UC_ARM_REG_PRIMASK) & 1; }
uint32_t Cpu::basepri() const { return get(UC_ARM_REG_BASEPRI) & 0xF0; }
uint32_t Cpu::faultmask() const { return get(UC_ARM_REG_FAULTMASK) & 1; }
void Cpu::clear_faultmask() { set(UC_ARM_REG_FAULTMASK, 0); }
void Cpu::clear_masks() {
  set(UC_ARM_REG_PRIMASK, 0);
  set(UC_ARM_REG_BASEPRI, 0);
  set(UC_ARM_REG_FAULTMASK, 0);
}

uint64_t Cpu::float_pair(unsigned number) const {
  uint64_t value = 0;
  uc_reg_read(engine_, UC_ARM_REG_D0 + static_cast<int>(number), &value);
  return value;
}

void Cpu::set_float_pair(unsigned number, uint64_t value) {
  uc_reg_write(engine_, UC_ARM_REG_D0 + static_cast<int>(number), &value);
}

uint32_t Cpu::fpscr() const { return get(UC_ARM_REG_FPSCR); }
void Cpu::set_fpscr(uint32_t value) { set(UC_ARM_REG_FPSCR, value); }

}  // namespace virtual_board
