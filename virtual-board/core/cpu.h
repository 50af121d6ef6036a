// The instructions of a Cortex-M4, executed by Unicorn, and counted. Exceptions are not here: whatever one instruction
// cannot finish by itself ends run(), before the next instruction, and core/core.h goes on with it.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "virtual-board/core/clock.h"
#include "virtual-board/core/fetch_model.h"
#include "virtual-board/core/instruction.h"

struct uc_struct;

namespace virtual_board {

// Everything that the core reaches outside SRAM and outside reads of main flash.
class CpuBus {
 public:
  virtual uint32_t cpu_read(uint32_t address, unsigned size) = 0;
  virtual void cpu_write(uint32_t address, uint32_t value, unsigned size) = 0;

  // Whether instructions may be fetched there, asked where Cpu::check_execution() is on.
  virtual bool cpu_may_execute(uint32_t address) = 0;

 protected:
  ~CpuBus() = default;
};

// Why run() came back. Where it says so, pc() is the instruction itself, unexecuted; else the next one.
enum class CpuStop : uint8_t {
  kAttention,        // Clock::attention_at was reached, or flash is blocked
  kDataFault,        // nothing answers at fault_address(); pc() itself
  kFetchFault,       // nothing to execute at pc()
  kExecuteNever,     // pc() is where code is not allowed
  kUndefined,        // pc() itself
  kInvalidState,     // pc() in ARM state
  kNoCoprocessor,    // pc() itself
  kUnaligned,        // pc() itself
  kDivisionByZero,   // pc() itself
  kExceptionReturn,  // exception_return() was loaded into PC
  kSupervisorCall,   // SVC
  kBreakpoint,       // pc() itself
  kWaitInterrupt,    // WFI
  kWaitEvent,        // WFE
  kSendEvent,        // SEV
  kInternal,         // Unicorn gave up; internal_error() says why
};

class Cpu {
 public:
  // `sram`: kSram.size bytes; `flash`: kFlash.size bytes, a copy of the cells, which the core reads and executes. Both
  // have to stay where they are.
  Cpu(Clock& clock, CpuBus& bus, std::span<uint8_t> sram, std::span<uint8_t> flash);
  ~Cpu();
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  CpuStop run();

  // ---- registers, while stopped ----
  [[nodiscard]] uint32_t pc() const { return pc_; }
  void set_pc(uint32_t address, bool thumb);
  [[nodiscard]] uint32_t reg(unsigned number) const;  // 0 to 12; 13: the stack pointer in use; 14
  void set_reg(unsigned number, uint32_t value);
  [[nodiscard]] uint32_t xpsr() const;  // flags, IPSR, IT state and T of the instruction at pc()
  void set_xpsr(uint32_t value);        // changes the stack pointer in use as IPSR and CONTROL say
  [[nodiscard]] uint32_t control() const;
  void set_control(uint32_t value);
  void set_stack_pointer(bool process, uint32_t value);
  [[nodiscard]] uint32_t process_stack() const;
  [[nodiscard]] uint32_t primask() const;
  [[nodiscard]] uint32_t basepri() const;  // the four bits that exist
  [[nodiscard]] uint32_t faultmask() const;
  void clear_faultmask();
  void clear_masks();
  [[nodiscard]] uint64_t float_pair(unsigned number) const;  // D0 to D15
  void set_float_pair(unsigned number, uint64_t value);
  [[nodiscard]] uint32_t fpscr() const;
  void set_fpscr(uint32_t value);

  // ---- what ended run() ----
  [[nodiscard]] uint32_t fault_address() const { return fault_address_; }
  [[nodiscard]] bool fault_was_write() const { return fault_was_write_; }
  [[nodiscard]] uint32_t exception_return() const { return exception_return_; }
  [[nodiscard]] const char* internal_error() const { return internal_error_; }

  // ---- for the bus, also during an access ----
  void attend() { clock_.attention_at = 0; }
  // The access under way fails: the instruction has not happened. run() comes back with kDataFault.
  void fail_access(uint32_t address, bool write);

  void allow_float(bool allowed) { float_allowed_ = allowed; }
  [[nodiscard]] bool float_used() const { return float_used_; }  // CONTROL.FPCA
  void set_float_used(bool used) { float_used_ = used; }

  void trap_divisions(bool trap) { trap_divisions_ = trap; }
  void check_execution(bool check) { check_execution_ = check; }

  // Fetches from main flash have to wait: run() comes back with kAttention instead of making one.
  void block_flash(bool blocked) { flash_blocked_ = blocked; }
  [[nodiscard]] FetchModel& fetches() { return fetches_; }
  // While stopped: bytes that may have been executed before have been changed by somebody else than the core.
  void forget_code(uint32_t address, uint32_t size);

  // Code has been executed at or a little before these addresses, so that Unicorn may hold a translation of them.
  [[nodiscard]] bool may_hold_code(uint32_t address, uint32_t size) const;

  [[nodiscard]] uint64_t instructions() const { return instructions_; }

 private:
  struct Hooks;  // what Unicorn calls
  friend struct Hooks;
  // Translations never cross a page of this size by more than one instruction.
  static constexpr uint32_t kCodePage = 4096;

  void on_instruction(uint32_t address);
  void moved(uint32_t address);
  void special(uint32_t address, const Instruction& instruction);
  void end(CpuStop why);
  uint16_t half_at(uint32_t address) const;
  Instruction decode_at(uint32_t address) const;
  uint32_t get(int id) const;
  void set(int id, uint32_t value);
  CpuStop explain(int error);

  Clock& clock_;
  CpuBus& bus_;
  std::span<uint8_t> sram_;
  std::span<uint8_t> flash_;
  uc_struct* engine_ = nullptr;
  std::vector<Instruction> flash_instructions_;  // by half-word; decoded where executed
  std::vector<bool> code_pages_;                 // of flash, then of SRAM: something was executed there
  FetchModel fetches_;

  uint32_t expected_ = 0;  // where the program goes on if it does not branch
  uint32_t pc_ = 0;
  uint32_t line_ = 0;
  uint8_t it_ = 0;          // ITSTATE of the instruction at expected_
  uint8_t it_current_ = 0;  // of the one at pc_
  bool thumb_ = true;
  bool flash_blocked_ = false;
  bool float_allowed_ = false;
  bool float_used_ = false;
  bool trap_divisions_ = false;
  bool check_execution_ = false;
  uint32_t checked_ = 0;  // the unit of protection that was found executable last
  bool it_written_ = false;
  uint64_t instructions_ = 0;

  bool stopped_ = false;
  CpuStop why_ = CpuStop::kAttention;
  bool access_failed_ = false;
  bool fault_seen_ = false;
  bool fault_was_write_ = false;
  uint32_t interrupt_ = 0;  // Unicorn's number of what an instruction raised
  uint32_t fault_address_ = 0;
  uint32_t exception_return_ = 0;
  const char* internal_error_ = "";
  std::array<uint32_t, 15> before_{};  // registers before a failed access
  uint32_t failed_pc_ = 0;
  uint8_t failed_it_ = 0;
};

}  // namespace virtual_board
