// Exception entry and return (ARMv7-M B1.5.6 to B1.5.8).
#include <array>

#include "virtual-board/core/core.h"
#include "virtual-board/core/program_status.h"

namespace virtual_board {
namespace {

constexpr unsigned kEntryCycles = 12;
constexpr unsigned kReturnCycles = 10;
constexpr unsigned kBasicFrame = 8 * 4;
constexpr unsigned kExtendedFrame = 26 * 4;
// Bits of EXC_RETURN.
constexpr uint32_t kToThread = 1U << 3, kFromProcessStack = 1U << 2, kNoFloat = 1U << 4;

}  // namespace

bool Core::push_frame(Frame& frame, uint32_t& return_code, uint32_t& failed_at) {
  const bool thread = exceptions_.running() == 0;
  const uint32_t stack = cpu_.reg(13);
  uint32_t xpsr = cpu_.xpsr() & ~kAlignedFrame;
  frame.extended = cpu_.float_used() && (system_.fpccr & kAspen) != 0;
  frame.address = stack - (frame.extended ? kExtendedFrame : kBasicFrame);
  if ((frame.address & 4) != 0 && (frame.extended || (system_.ccr & kStkAlign) != 0)) {
    frame.address -= 4;
    xpsr |= kAlignedFrame;
  }
  return_code = 0xFFFF'FFE1U | (frame.extended ? 0 : kNoFloat) | (thread ? kToThread : 0) |
                (thread && (cpu_.control() & 2) != 0 ? kFromProcessStack : 0);
  const std::array<uint32_t, 8> words{cpu_.reg(0),  cpu_.reg(1),  cpu_.reg(2), cpu_.reg(3),
                                      cpu_.reg(12), cpu_.reg(14), cpu_.pc(),   xpsr};
  bool stored = true;
  uint32_t at = frame.address;
  const auto push = [&](uint32_t word) {
    if (!memory_.store_word(at, word)) {
      stored = false;
      failed_at = at;
    }
    at += 4;
  };
  for (const uint32_t word : words) {
    push(word);
  }
  if (frame.extended) {
    for (unsigned i = 0; i < 8; i++) {
      const uint64_t pair = cpu_.float_pair(i);
      push(static_cast<uint32_t>(pair));
      push(static_cast<uint32_t>(pair >> 32));
    }
    push(cpu_.fpscr());
  }
  return stored;
}

void Core::enter(unsigned number) {
  Frame frame{};
  uint32_t return_code = 0;
  uint32_t failed_at = 0;
  const bool stored = push_frame(frame, return_code, failed_at);
  cpu_.set_reg(13, frame.address);
  if (!stored && number != kHardFault && number != kNmi) {
    // A derived exception: it comes first if it is more urgent, and finds the stack as it is; nothing is stacked again.
    const bool forbidden = memory_.is_forbidden(failed_at, true);
    const unsigned derived = forbidden ? kMemManage : kBusFault;
    system_.cfsr |= forbidden ? kMstkErr : kStkErr;
    if (!exceptions_.is_enabled(derived)) {
      system_.hfsr |= kForced;
      exceptions_.set_pending(number);
      number = kHardFault;
    } else {
      const bool first = exceptions_.group_priority(derived) < exceptions_.group_priority(number);
      exceptions_.set_pending(first ? number : derived);
      number = first ? derived : number;
    }
  }
  if (returned_at_ != clock_.cycles) {  // else tail-chained: what was popped is what would be pushed
    clock_.cycles += kEntryCycles;
  }
  state_ = State::kRunning;
  event_ = true;
  go_to_vector(number);
  // In handler mode now, which is privileged and has the main stack.
  cpu_.set_control(cpu_.control() & ~2U);
  cpu_.set_float_used(false);
  cpu_.set_reg(14, return_code);
}

void Core::go_to_vector(unsigned number) {
  exceptions_.enter(number);
  cpu_.set_xpsr((cpu_.xpsr() & ~(kItBits | kExceptionNumber)) | number | kThumbBit);
  uint32_t vector = 0;
  if (!memory_.load_word(system_.vtor + 4 * number, vector)) {
    system_.hfsr |= kVectTbl;
    if (number == kHardFault || number == kNmi) {
      return lock_up("the vector of HardFault or NMI cannot be read");
    }
    exceptions_.leave(number);
    exceptions_.set_pending(number);
    return go_to_vector(kHardFault);
  }
  cpu_.set_pc(vector, (vector & 1) != 0);
}

bool Core::pop_frame(const Frame& frame, uint32_t& pc, uint32_t& xpsr, uint32_t& failed_at) {
  std::array<uint32_t, kExtendedFrame / 4> words{};
  const unsigned count = (frame.extended ? kExtendedFrame : kBasicFrame) / 4;
  for (unsigned i = 0; i < count; i++) {
    failed_at = frame.address + 4 * i;
    if (!memory_.load_word(failed_at, words[i])) {
      return false;
    }
  }
  if (frame.extended) {
    for (unsigned i = 0; i < 8; i++) {
      cpu_.set_float_pair(i, uint64_t{words[9 + 2 * i]} << 32 | words[8 + 2 * i]);
    }
    cpu_.set_fpscr(words[24]);
  }
  for (unsigned i = 0; i < 4; i++) {
    cpu_.set_reg(i, words[i]);
  }
  cpu_.set_reg(12, words[4]);
  cpu_.set_reg(14, words[5]);
  pc = words[6];
  xpsr = words[7];
  return true;
}

void Core::leave(uint32_t code) {
  const unsigned number = exceptions_.running();
  if (number == 0) {  // no return in thread mode: an ordinary branch to where nothing may be executed
    return fault(kMemManage, kIaccViol);
  }
  const bool to_thread = (code & kToThread) != 0;
  const bool from_process = (code & kFromProcessStack) != 0;
  const bool last = exceptions_.active_count() <= 1;
  const bool valid = (code & 0x0FFF'FFE3) == 0x0FFF'FFE1 && (to_thread || !from_process) &&
                     ((to_thread == last) || (to_thread && (system_.ccr & kNonBaseThrdEna) != 0));
  exceptions_.leave(number);
  if (number != kNmi) {
    cpu_.clear_faultmask();
  }
  const Frame frame{.address = from_process ? cpu_.process_stack() : cpu_.reg(13), .extended = (code & kNoFloat) == 0};
  uint32_t pc = 0;
  uint32_t xpsr = 0;
  if (!valid) {
    return fault(kUsageFault, kInvPc);
  }
  uint32_t failed_at = 0;
  if (!pop_frame(frame, pc, xpsr, failed_at)) {
    return memory_.is_forbidden(failed_at, false) ? fault(kMemManage, kMunstkErr) : fault(kBusFault, kUnstkErr);
  }
  const unsigned target = xpsr & kExceptionNumber;
  if (to_thread != (target == 0)) {
    return fault(kUsageFault, kInvPc);
  }
  uint32_t stack = frame.address + (frame.extended ? kExtendedFrame : kBasicFrame);
  if ((xpsr & kAlignedFrame) != 0) {
    stack += 4;
  }
  // Still in handler mode: SPSEL takes effect with IPSR.
  cpu_.set_stack_pointer(from_process, stack);
  cpu_.set_control((cpu_.control() & ~2U) | (from_process ? 2 : 0));
  cpu_.set_xpsr(xpsr & ~kAlignedFrame);
  cpu_.set_pc(pc, (xpsr & kThumbBit) != 0);
  cpu_.set_float_used(frame.extended);
  exceptions_.set_running(target);
  clock_.cycles += kReturnCycles;
  returned_at_ = clock_.cycles;
  event_ = true;
  if (to_thread && (system_.scr & kSleepOnExit) != 0) {
    sleep(false);
  }
}

}  // namespace virtual_board
