#include "virtual-board/core/cpu.h"

#include <unicorn/unicorn.h>

#include <stdexcept>
#include <string>

#include "virtual-board/core/program_status.h"
#include "virtual-board/memory_map.h"

namespace virtual_board {
namespace {

constexpr uint32_t kNowhere = 0xFFFF'FFFE;  // "run until": no program gets there
// Cycles that a taken branch costs over its own one: 1 to 3 in the manual. 3, and loads that never overlap each other,
// are what comes closest to the one measured figure there is of this chip at 100 MHz: p256-m's key generation,
// signature and verification in 145, 155 and 309 ms (its README). The model makes 140, 150 and 300 of them.
constexpr unsigned kRefill = 3;

constexpr uint32_t kProtectionUnit = 32;  // bytes: no region of the MPU is smaller
constexpr uint32_t kNothingChecked = ~0U;

// Unicorn's (QEMU's) numbers of what instructions raise.
enum RaisedNumber : uint32_t { kRaisedPrefetchAbort = 3, kRaisedReturn = 8, kRaisedUnaligned = 22 };

struct Device {
  uint32_t base;
  uint32_t size;
};
// Whatever is neither SRAM nor main flash and may answer: system memory, OTP and option bytes; the bit-band alias of
// SRAM; peripherals with theirs; the core's own registers.
constexpr std::array kDevices{Device{0x1FFF'0000, 0x1'0000}, Device{0x2200'0000, 0x40'0000},
                              Device{0x4000'0000, 0x2000'0000}, Device{0xE000'0000, 0x10'0000}};

void must(uc_err error, const char* what) {
  if (error != UC_ERR_OK) {
    throw std::runtime_error(std::string("Unicorn: ") + what + ": " + uc_strerror(error));
  }
}

constexpr uint8_t it_advance(uint8_t it) {
  return (it & 7) == 0 ? uint8_t{0} : static_cast<uint8_t>((it & 0xE0) | ((it << 1) & 0x1F));
}

}  // namespace

struct Cpu::Hooks {
  static void code(uc_engine* /*engine*/, uint64_t address, uint32_t /*size*/, void* cpu) {
    static_cast<Cpu*>(cpu)->on_instruction(static_cast<uint32_t>(address));
  }
  static bool invalid(uc_engine* /*engine*/, uc_mem_type type, uint64_t address, int size, int64_t value, void* self) {
    Cpu& cpu = *static_cast<Cpu*>(self);
    const auto where = static_cast<uint32_t>(address);
    if (type != UC_MEM_WRITE_PROT) {
      cpu.fault_seen_ = true;
      cpu.fault_address_ = where;
      cpu.fault_was_write_ = type == UC_MEM_WRITE_UNMAPPED;
      return false;
    }
    // Main flash. Unicorn changes its copy in spite of the protection; the bus's owner puts that right before the
    // next instruction. An unaligned store comes once whole and then byte by byte.
    const auto bytes = static_cast<unsigned>(size);
    if (where % bytes == 0) {
      cpu.bus_.cpu_write(where, static_cast<uint32_t>(value), bytes);
    }
    return true;
  }
  static void raised(uc_engine* engine, uint32_t number, void* self) {
    static_cast<Cpu*>(self)->interrupt_ = number;
    uc_emu_stop(engine);
  }
  template <uint32_t kBase>
  static uint64_t read(uc_engine* /*engine*/, uint64_t offset, unsigned size, void* self) {
    return static_cast<Cpu*>(self)->bus_.cpu_read(kBase + static_cast<uint32_t>(offset), size);
  }
  template <uint32_t kBase>
  static void write(uc_engine* /*engine*/, uint64_t offset, unsigned size, uint64_t value, void* self) {
    static_cast<Cpu*>(self)->bus_.cpu_write(kBase + static_cast<uint32_t>(offset), static_cast<uint32_t>(value), size);
  }
  template <size_t kIndex>
  static void map_devices(Cpu& cpu) {
    if constexpr (kIndex < kDevices.size()) {
      constexpr Device device = kDevices[kIndex];
      must(uc_mmio_map(cpu.engine_, device.base, device.size, read<device.base>, &cpu, write<device.base>, &cpu),
           "mapping of devices");
      map_devices<kIndex + 1>(cpu);
    }
  }
};

Cpu::Cpu(Clock& clock, CpuBus& bus, std::span<uint8_t> sram, std::span<uint8_t> flash)
    : clock_(clock),
      bus_(bus),
      sram_(sram),
      flash_(flash),
      flash_instructions_(flash.size() / 2),
      code_pages_((flash.size() + sram.size()) / kCodePage) {
  must(uc_open(UC_ARCH_ARM, static_cast<uc_mode>(UC_MODE_THUMB | UC_MODE_MCLASS), &engine_), "open");
  must(uc_ctl_set_cpu_model(engine_, UC_CPU_ARM_CORTEX_M4), "model");
  must(uc_mem_map_ptr(engine_, kFlash.base, flash.size(), UC_PROT_READ | UC_PROT_EXEC, flash.data()), "flash");
  must(uc_mem_map_ptr(engine_, 0, flash.size(), UC_PROT_READ | UC_PROT_EXEC, flash.data()), "alias of flash");
  must(uc_mem_map_ptr(engine_, kSram.base, sram.size(), UC_PROT_ALL, sram.data()), "SRAM");
  Hooks::map_devices<0>(*this);
  uc_hook hook = 0;
  // begin > end: everywhere.
  must(uc_hook_add(engine_, &hook, UC_HOOK_CODE, reinterpret_cast<void*>(&Hooks::code), this, 1, 0), "hook");
  must(uc_hook_add(engine_, &hook, UC_HOOK_MEM_INVALID, reinterpret_cast<void*>(&Hooks::invalid), this, 1, 0), "hook");
  must(uc_hook_add(engine_, &hook, UC_HOOK_INTR, reinterpret_cast<void*>(&Hooks::raised), this, 1, 0), "hook");
}

Cpu::~Cpu() {
  if (engine_ != nullptr) {
    uc_close(engine_);
  }
}

// A branch was taken, or instructions of an IT block were passed over, which Unicorn does not show.
void Cpu::moved(uint32_t address) {
  while (it_ != 0 && expected_ != address && address - expected_ < 16) {
    clock_.cycles++;
    instructions_++;
    expected_ += decode_at(expected_).size;
    it_ = it_advance(it_);
  }
  if (expected_ != address) {
    clock_.cycles += kRefill;
    expected_ = address;
  }
}

// Called before every instruction: what is done here decides how fast the simulator is.
void Cpu::on_instruction(uint32_t address) {
  bool sequential = true;
  if (address != expected_) [[unlikely]] {
    moved(address);
    sequential = false;
  }
  pc_ = address;
  it_current_ = it_;
  if (clock_.cycles >= clock_.attention_at) [[unlikely]] {
    return end(CpuStop::kAttention);
  }
  if (check_execution_ && address / kProtectionUnit != checked_) [[unlikely]] {
    if (!bus_.cpu_may_execute(address)) {
      return end(CpuStop::kExecuteNever);
    }
    checked_ = address / kProtectionUnit;
  }
  Instruction instruction;
  if (const uint32_t offset = address & ~kFlash.base; offset < flash_.size()) {  // also the alias at 0
    if (flash_blocked_) [[unlikely]] {
      return end(CpuStop::kAttention);
    }
    if (const uint32_t line = offset >> FetchModel::kLineShift; line != line_) {
      clock_.cycles += fetches_.enter(line, sequential);
      line_ = line;
    }
    Instruction& kept = flash_instructions_[offset / 2];
    if (kept.cycles == 0) [[unlikely]] {
      kept = decode_at(address);
      code_pages_[offset / kCodePage] = true;
    }
    instruction = kept;
  } else {
    instruction = decode_at(address);
    if (address - kSram.base < sram_.size()) {
      code_pages_[(flash_.size() + address - kSram.base) / kCodePage] = true;
    }
  }
  it_ = it_advance(it_);
  expected_ = address + instruction.size;
  clock_.cycles += instruction.cycles;
  instructions_++;
  if (instruction.kind != InstructionKind::kPlain) [[unlikely]] {
    special(address, instruction);
  }
}

void Cpu::special(uint32_t address, const Instruction& instruction) {
  switch (instruction.kind) {
    case InstructionKind::kIfThen:
      it_ = static_cast<uint8_t>(half_at(address));
      return;
    case InstructionKind::kMaskChange:
      attend();
      return;
    case InstructionKind::kAligned: {
      const uint16_t first = half_at(address);
      if ((reg(instruction.size == 2 ? first >> 8 & 7U : first & 0xFU) & 3) != 0) {
        end(CpuStop::kUnaligned);
      }
      return;
    }
    case InstructionKind::kDivide:
      if (trap_divisions_ && reg(half_at(address + 2) & 0xFU) == 0) {
        end(CpuStop::kDivisionByZero);
      }
      return;
    case InstructionKind::kFloat:
      if (!float_allowed_) {
        return end(CpuStop::kNoCoprocessor);
      }
      float_used_ = true;
      return;
    case InstructionKind::kCoprocessor:
      end(CpuStop::kNoCoprocessor);
      return;
    case InstructionKind::kBreakpoint:
      end(CpuStop::kBreakpoint);
      return;
    case InstructionKind::kSupervisorCall:
      end(CpuStop::kSupervisorCall);
      break;
    case InstructionKind::kWaitInterrupt:
      end(CpuStop::kWaitInterrupt);
      break;
    case InstructionKind::kWaitEvent:
      end(CpuStop::kWaitEvent);
      break;
    case InstructionKind::kSendEvent:
      end(CpuStop::kSendEvent);
      break;
    default:
      return;
  }
  // The instruction is ours to carry out: the program goes on behind it.
  pc_ = expected_;
  it_current_ = it_;
}

void Cpu::end(CpuStop why) {
  stopped_ = true;
  why_ = why;
  uc_emu_stop(engine_);
}

void Cpu::fail_access(uint32_t address, bool write) {
  if (access_failed_) {
    return;
  }
  access_failed_ = true;
  fault_address_ = address;
  fault_was_write_ = write;
  for (unsigned i = 0; i < before_.size(); i++) {
    before_[i] = reg(i);
  }
  failed_pc_ = pc_;
  failed_it_ = it_current_;
  uc_emu_stop(engine_);
}

CpuStop Cpu::run() {
  if (!thumb_) {
    return CpuStop::kInvalidState;
  }
  stopped_ = fault_seen_ = access_failed_ = false;
  interrupt_ = 0;
  it_ = it_current_;
  expected_ = pc_;
  if (it_ != 0 || it_written_) {
    // Unicorn forgets the rest of an IT block when it is stopped inside.
    set(UC_ARM_REG_EPSR, kThumbBit | it_to_xpsr(it_));
    it_written_ = it_ != 0;
  }
  checked_ = kNothingChecked;
  const uint32_t started_at = pc_;
  const uc_err error = uc_emu_start(engine_, started_at | 1, kNowhere, 0, 0);
  it_written_ = it_written_ || it_current_ != 0;
  return explain(error);
}

CpuStop Cpu::explain(int error) {
  if (access_failed_) {
    for (unsigned i = 0; i < before_.size(); i++) {
      set_reg(i, before_[i]);
    }
    pc_ = failed_pc_;
    it_current_ = failed_it_;
    return CpuStop::kDataFault;
  }
  if (stopped_) {
    return why_;
  }
  const uint32_t reached = get(UC_ARM_REG_PC);
  if (interrupt_ == kRaisedReturn || (error == UC_ERR_FETCH_UNMAPPED && reached >= 0xFFFF'FF00)) {
    exception_return_ = reached | 1;
    pc_ = reached;
    it_current_ = 0;
    return CpuStop::kExceptionReturn;
  }
  if (interrupt_ == kRaisedPrefetchAbort || error == UC_ERR_FETCH_UNMAPPED || error == UC_ERR_FETCH_PROT) {
    pc_ = reached;
    it_current_ = 0;
    return interrupt_ == kRaisedPrefetchAbort ? CpuStop::kExecuteNever : CpuStop::kFetchFault;
  }
  if (fault_seen_) {
    return CpuStop::kDataFault;
  }
  if (interrupt_ == kRaisedUnaligned) {
    return CpuStop::kUnaligned;
  }
  if (error == UC_ERR_INSN_INVALID || error == UC_ERR_EXCEPTION) {
    if ((get(UC_ARM_REG_XPSR) & kThumbBit) == 0) {
      pc_ = reached;
      it_current_ = 0;
      thumb_ = false;
      return CpuStop::kInvalidState;
    }
    return CpuStop::kUndefined;
  }
  internal_error_ = error != UC_ERR_OK ? uc_strerror(static_cast<uc_err>(error)) : "unexpected event";
  return CpuStop::kInternal;
}

}  // namespace virtual_board
