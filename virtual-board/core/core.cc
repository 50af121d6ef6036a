#include "virtual-board/core/core.h"

#include <cstdio>

#include "virtual-board/core/program_status.h"

namespace virtual_board {
namespace {

std::string text(const char* format, auto... values) {
  char line[200];
  std::snprintf(line, sizeof line, format, values...);
  return line;
}

}  // namespace

Core::Core(Clock& clock, Cpu& cpu, Exceptions& exceptions, SystemState& system, CoreMemory& memory)
    : clock_(clock), cpu_(cpu), exceptions_(exceptions), system_(system), memory_(memory) {}

Masks Core::masks() const {
  return {.primask = cpu_.primask() != 0,
          .basepri = static_cast<uint8_t>(cpu_.basepri()),
          .faultmask = cpu_.faultmask() != 0};
}

void Core::reset() {
  system_ = {};
  exceptions_.reset();
  state_ = State::kRunning;
  event_ = wait_for_event_ = false;
  returned_at_ = ~0ULL;
  trouble_.clear();
  cpu_.allow_float(false);
  cpu_.set_float_used(false);
  cpu_.set_xpsr(kThumbBit | kNmi);  // in handler mode nothing is held back from us
  cpu_.clear_masks();
  cpu_.set_control(0);
  cpu_.set_stack_pointer(true, 0);
  cpu_.set_xpsr(kThumbBit);
  for (unsigned i = 0; i <= 12; i++) {
    cpu_.set_reg(i, 0);
  }
  cpu_.set_reg(14, ~0U);
  uint32_t stack = 0;
  uint32_t start = 0;
  if (!memory_.load_word(0, stack) || !memory_.load_word(4, start)) {
    return lock_up("the vector table cannot be read");
  }
  cpu_.set_stack_pointer(false, stack);
  cpu_.set_pc(start, (start & 1) != 0);
  if (stack == ~0U && start == ~0U) {
    lock_up("no program: the vector table at 0x08000000 is erased");
  }
}

void Core::interrupt_pended() {
  if ((system_.scr & kSevOnPend) != 0) {
    event_ = true;
  }
}

bool Core::poll() {
  if (state_ == State::kLockedUp) {
    return false;
  }
  if (state_ == State::kAsleep && wait_for_event_ && event_) {
    event_ = false;
    state_ = State::kRunning;
  }
  const unsigned number = exceptions_.next();
  if (number == 0) {
    return false;
  }
  const Masks now = masks();
  const int priority = exceptions_.group_priority(number);
  if (state_ == State::kAsleep) {
    // PRIMASK holds the handler back but not the wake-up.
    const Masks without{.primask = false, .basepri = now.basepri, .faultmask = now.faultmask};
    if (priority >= exceptions_.execution_priority(without)) {
      return false;
    }
    state_ = State::kRunning;
  }
  if (priority >= exceptions_.execution_priority(now)) {
    return false;
  }
  enter(number);
  return true;
}

void Core::sleep(bool for_event) {
  if (for_event && event_) {
    event_ = false;
    return;
  }
  state_ = State::kAsleep;
  wait_for_event_ = for_event;
}

void Core::lock_up(const std::string& why) {
  state_ = State::kLockedUp;
  trouble_ = why + text(" (PC 0x%08X, LR 0x%08X, SP 0x%08X, xPSR 0x%08X, CFSR 0x%08X, HFSR 0x%08X, BFAR 0x%08X)",
                        cpu_.pc(), cpu_.reg(14), cpu_.reg(13), cpu_.xpsr(), system_.cfsr, system_.hfsr, system_.bfar);
}

void Core::raise(unsigned number) {
  const Masks now = masks();
  const int running = exceptions_.execution_priority(now);
  if (exceptions_.is_enabled(number) && exceptions_.group_priority(number) < running) {
    return enter(number);
  }
  if (running <= exceptions_.group_priority(kHardFault)) {
    return lock_up(text("exception %u while a fault or NMI handler runs, or under FAULTMASK", number));
  }
  system_.hfsr |= number == kDebugMonitor ? kDebugEvt : kForced;
  enter(kHardFault);
}

void Core::fault(unsigned number, uint32_t status) {
  system_.cfsr |= status;
  raise(number);
}

void Core::data_fault(uint32_t address, bool write) {
  if (memory_.is_forbidden(address, write)) {
    system_.mmfar = address;
    return fault(kMemManage, kDaccViol | kMmarValid);
  }
  system_.bfar = address;
  fault(kBusFault, kPrecisErr | kBfarValid);
}

void Core::step() {
  switch (cpu_.run()) {
    case CpuStop::kAttention:
      return;
    case CpuStop::kDataFault:
      return data_fault(cpu_.fault_address(), cpu_.fault_was_write());
    case CpuStop::kFetchFault:
      return fault(kBusFault, kIBusErr);
    case CpuStop::kExecuteNever:
      return fault(kMemManage, kIaccViol);
    case CpuStop::kUndefined:
      return fault(kUsageFault, kUndefInstr);
    case CpuStop::kInvalidState:
      return fault(kUsageFault, kInvState);
    case CpuStop::kNoCoprocessor:
      return fault(kUsageFault, kNoCp);
    case CpuStop::kUnaligned:
      return fault(kUsageFault, kUnalignedAccess);
    case CpuStop::kDivisionByZero:
      return fault(kUsageFault, kDivByZero);
    case CpuStop::kExceptionReturn:
      return leave(cpu_.exception_return());
    case CpuStop::kSupervisorCall:
      return raise(kSvCall);
    case CpuStop::kBreakpoint:  // no debugger is attached, and the debug monitor is not enabled
      return raise(kDebugMonitor);
    case CpuStop::kWaitInterrupt:
      return sleep(false);
    case CpuStop::kWaitEvent:
      return sleep(true);
    case CpuStop::kSendEvent:
      event_ = true;
      return;
    case CpuStop::kInternal:
      return lock_up(std::string("the simulator of the core failed: ") + cpu_.internal_error());
  }
}

}  // namespace virtual_board
