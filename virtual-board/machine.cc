// How time passes on a board: instructions, events, interrupts, sleep, waiting for flash.
#include "virtual-board/machine.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "virtual-board/core/elf.h"

namespace virtual_board {
namespace {

constexpr uint32_t kFlashRegisters = 0x4002'3C00;
constexpr uint32_t kHardwareWatchdogOff = 1U << 5;  // WDG_SW

}  // namespace

Board::Machine::Machine(Image& image, const BoardOptions& options)
    : image_(image),
      random_(options.seed),
      cpu_(clock_, *this, sram_.bytes(), flash_copy_.bytes()),
      core_(clock_, cpu_, exceptions_, system_, *this),
      flash_(*this, image, options.timing),
      peripherals_(*this, {.hse = options.hse,
                           .wait_states = [this] { return flash_.wait_states(); },
                           .on_trouble = [this](const std::string& text) { clock_trouble_ = text; }}),
      system_control_(*this, clock_, exceptions_, system_, mpu_, [this](bool allowed) { cpu_.allow_float(allowed); }),
      debug_(clock_, asleep_) {
  peripherals_.add(kFlashRegisters, 0x400, flash_);
  code_changed(kFlash.base, kFlash.size);
  std::ranges::fill(sram_.bytes(), uint8_t{0});
}

void Board::Machine::power_on() {
  powered_ = true;
  const std::span<uint8_t> bytes = sram_.bytes();
  for (size_t i = 0; i < bytes.size(); i += sizeof(uint64_t)) {
    const uint64_t noise = random_();
    std::memcpy(&bytes[i], &noise, sizeof noise);
  }
  sram_changed(kSram.base, kSram.size);
  reset(ResetCause::kPowerOn);
}

void Board::Machine::reset(ResetCause cause) {
  if (!powered_) {
    return;
  }
  if (cause != ResetCause::kPowerOn) {
    resets_++;
  }
  reset_.reset();
  lockup_told_ = false;
  clock_trouble_.clear();
  peripherals_.reset(cause, (image_.content().option_bytes & kHardwareWatchdogOff) == 0);
  system_control_.reset();
  debug_.reset();
  mpu_.reset();
  follow_clocks();
  settle();
  core_.reset();
}

Time Board::Machine::next_event() const { return std::min(peripherals_.next_event(), system_control_.next_event()); }

void Board::Machine::advance() {
  if (system_control_.next_event() <= now()) {
    system_control_.advance();
  }
  peripherals_.advance();
  follow_clocks();
}

void Board::Machine::follow_clocks() {
  if (const uint32_t hz = peripherals_.hclk_hz(); hz != clock_.frequency() && hz != 0) {
    clock_.set_frequency(hz);
  }
  const uint32_t acr = flash_.read(0, 4);
  cpu_.fetches().configure(flash_.wait_states(), (acr & 1U << 8) != 0, (acr & 1U << 9) != 0);
}

void Board::Machine::pass_time(Time until, uint64_t& cycles_passed) {
  const uint64_t cycle = std::max(clock_.cycle_of(until), clock_.cycles + 1);
  cycles_passed += cycle - clock_.cycles;
  clock_.cycles = cycle;
}

bool Board::Machine::waits_for_flash() const {
  return flash_.busy_until().value_or(0) > now() && (cpu_.pc() & ~kFlash.base) < kFlash.size;
}

StopReason Board::Machine::run(Time limit, bool stop_on_output) {
  const uint64_t output_before = peripherals_.usart2().counters().bytes_out;
  for (;;) {
    if (!powered_) {
      return StopReason::kPowerLost;
    }
    advance();
    settle();
    if (reset_) {
      reset(*reset_);
      continue;
    }
    if (stop_on_output && peripherals_.usart2().counters().bytes_out != output_before) {
      return StopReason::kLineOut;
    }
    if (now() >= limit) {
      return StopReason::kTime;
    }
    core_.poll();
    if (core_.state() == Core::State::kLockedUp && !lockup_told_) {
      lockup_told_ = true;
      return StopReason::kLockup;
    }
    const Time event = next_event();
    const Time next = std::min(event, limit);
    if (core_.state() != Core::State::kRunning) {
      if (event == kNever && limit == kNever) {
        return StopReason::kIdle;
      }
      const Time before = now();
      pass_time(next, asleep_);
      time_asleep_ += now() - before;
      if (event == kNever) {
        return StopReason::kIdle;
      }
      continue;
    }
    if (waits_for_flash()) {
      const Time before = now();
      pass_time(std::min(next, *flash_.busy_until()), stalled_);
      time_stalled_ += now() - before;
      continue;
    }
    cpu_.block_flash(flash_.busy_until().has_value());
    privileged_ = is_privileged();
    cpu_.check_execution(mpu_.is_enabled() && mpu_.is_on(is_below_zero()));
    cpu_.trap_divisions((system_.ccr & kDiv0Trap) != 0);
    // At least one instruction, also where a model's event does not go away.
    clock_.attention_at = std::max(clock_.cycle_of(next), clock_.cycles + 1);
    core_.step();
  }
}

void Board::Machine::settle() {
  const auto copy_from_cells = [this](const Span& span) {
    std::memcpy(&flash_copy_.bytes()[span.begin - kFlash.base], &image_.content().flash[span.begin - kFlash.base],
                span.end - span.begin);
  };
  if (stale_copy_.begin < stale_copy_.end) {
    copy_from_cells(stale_copy_);
    stale_copy_ = {};
  }
  if (stale_code_.begin < stale_code_.end) {
    cpu_.forget_code(stale_code_.begin, stale_code_.end - stale_code_.begin);
    stale_code_ = {};
  }
  if (stale_sram_.begin < stale_sram_.end) {
    cpu_.forget_code(stale_sram_.begin, stale_sram_.end - stale_sram_.begin);
    stale_sram_ = {};
  }
}

base::Outcome<void> Board::Machine::flash_elf(const std::string& path) {
  const auto segments = read_elf(path);
  if (!segments) {
    return std::unexpected(segments.error());
  }
  std::vector<LoadPiece> pieces;
  for (const ElfSegment& segment : *segments) {
    if (segment.address < kFlash.base || segment.address - kFlash.base > kFlash.size ||
        segment.bytes.size() > kFlash.size - (segment.address - kFlash.base)) {
      char where[64];
      std::snprintf(where, sizeof where, ", segment at 0x%08X", segment.address);
      return base::failure(base::ErrorCode::kMalformed, "a segment lies outside the flash of this chip", path + where,
                           "link the program for 0x08000000 to 0x0807FFFF");
    }
    pieces.push_back({segment.address, segment.bytes});
  }
  if (!flash_.load(pieces)) {
    return base::failure(base::ErrorCode::kFlashProtected,
                         "read or write protection of the board forbids flashing this program", path,
                         "use another board image, or take the protection back as one would on the chip");
  }
  settle();
  return {};
}

// Page by page, so that what was translated of unchanged code is kept.
void Board::Machine::put_in(const ImageContent& content) {
  constexpr size_t kPage = 4096;
  for (size_t at = 0; at < content.flash.size(); at += kPage) {
    if (!std::ranges::equal(std::span(content.flash).subspan(at, kPage), flash_copy_.bytes().subspan(at, kPage))) {
      std::ranges::copy(std::span(content.flash).subspan(at, kPage), image_.content().flash.begin() + at);
      code_changed(kFlash.base + static_cast<uint32_t>(at), kPage);
      settle();
    }
  }
  image_.content() = content;
}

std::string Board::Machine::trouble() const {
  if (clock_trouble_.empty()) {
    return core_.trouble();
  }
  return core_.trouble().empty() ? clock_trouble_ : core_.trouble() + "; " + clock_trouble_;
}

BoardCounters Board::Machine::counters() const {
  const UsartCounters& line = peripherals_.usart2().counters();
  return {.instructions = cpu_.instructions(),
          .cycles = clock_.cycles - asleep_ - stalled_,
          .stalled = time_stalled_,
          .asleep = time_asleep_,
          .bytes_in = line.bytes_in,
          .bytes_out = line.bytes_out,
          .overruns = line.overruns,
          .resets = resets_,
          .vain_reads = peripherals_.vain_reads(),
          .flash = flash_.counters()};
}

}  // namespace virtual_board
