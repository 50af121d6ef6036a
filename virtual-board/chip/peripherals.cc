#include "virtual-board/chip/peripherals.h"

#include <algorithm>

#include "virtual-board/chip/clock_limits.h"

namespace virtual_board {
namespace {

constexpr ClockGate kAlways{0, 0};
constexpr ClockGate ahb1(unsigned bit) { return {Rcc::kAhb1Enable, bit}; }
constexpr ClockGate apb1(unsigned bit) { return {Rcc::kApb1Enable, bit}; }
constexpr ClockGate apb2(unsigned bit) { return {Rcc::kApb2Enable, bit}; }

constexpr uint32_t kRccBase = 0x4002'3800, kPwrBase = 0x4000'7000, kDebugBase = 0xE004'2000;
constexpr uint32_t kAliasBase = 0x4200'0000, kAliasEnd = 0x4400'0000, kPeripheralBase = 0x4000'0000;
constexpr uint32_t kPart = 0x400;  // most parts have as much room

// Where something answers, modelled or not.
constexpr struct {
  uint32_t base;
  uint32_t end;
} kBuses[] = {{0x4000'0000, 0x4000'8000},
              {0x4001'0000, 0x4001'5800},
              {0x4002'0000, 0x4002'6800},
              {0x5000'0000, 0x5004'0000},
              {kDebugBase, kDebugBase + kPart}};

constexpr uint16_t kUserButton = 1U << 13;            // PC13, pulled up on the board
constexpr uint16_t kSerialLines = 1U << 2 | 1U << 3;  // PA2 and PA3 idle high
constexpr uint32_t kIwdgBase = 0x4000'3000;

}  // namespace

Peripherals::Peripherals(Chip& chip, PeripheralOptions options)
    : chip_(chip),
      options_(std::move(options)),
      rcc_(chip, options_.hse,
           {[this] { return pwr_.backup_writable(); }, [this] { advance_timers(); },
            [this](uint32_t enable_register, uint32_t bits) { reset_parts(enable_register, bits); }}),
      pwr_(chip, [this] { return rcc_.pll_is_on(); }),
      dma1_(chip, *this, {{11, 12, 13, 14, 15, 16, 17, 47}, false, [this] { return rcc_.is_clocked(ahb1(21)); }}),
      dma2_(chip, *this, {{56, 57, 58, 59, 60, 68, 69, 70}, true, [this] { return rcc_.is_clocked(ahb1(22)); }}),
      usart1_(chip, usart_wiring(37, true, apb2(4), 9, 10, 7)),
      usart2_(chip, usart_wiring(38, false, apb1(17), 2, 3, 7)),
      usart6_(chip, usart_wiring(71, true, apb2(5), 11, 12, 8)),
      iwdg_(chip),
      adc_(chip, [this] { return rcc_.pclk2_hz(); }),
      exti_(chip) {
  place_models();
  connect_dma();
}

// All three USARTs can come out at port A: 9/10, 2/3 and 11/12; only USART2 is wired to anything.
Usart::Wiring Peripherals::usart_wiring(unsigned irq, bool on_apb2, ClockGate gate, unsigned tx_pin, unsigned rx_pin,
                                        unsigned function) {
  const auto connected = [this, function](unsigned pin) {
    return [this, pin, function] { return gpios_[0]->has_function(pin, function); };
  };
  return {irq, [this, on_apb2] { return on_apb2 ? rcc_.pclk2_hz() : rcc_.pclk1_hz(); },
          [this, gate] { return rcc_.is_clocked(gate); }, connected(rx_pin), connected(tx_pin)};
}

void Peripherals::place_models() {
  constexpr Gpio::ResetValues kPortA{0xA800'0000, 0x0C00'0000, 0x6400'0000};  // the debug port's pins
  constexpr Gpio::ResetValues kPortB{0x0000'0280, 0x0000'00C0, 0x0000'0100};
  for (const unsigned port : {0U, 1U, 2U, 3U, 4U, 7U}) {
    const Gpio::ResetValues values = port == 0 ? kPortA : port == 1 ? kPortB : Gpio::ResetValues{};
    const uint16_t high = port == 0 ? kSerialLines : port == 2 ? kUserButton : uint16_t{0};
    gpios_.push_back(std::make_unique<Gpio>(values, high));
    places_.push_back({0x4002'0000 + port * kPart, kPart, gpios_.back().get(), ahb1(port)});
  }

  const struct {
    uint32_t base;
    ClockGate gate;
    unsigned irq;
    unsigned bits;
    unsigned channels;
  } timers[] = {{0x4000'0000, apb1(0), 28, 32, 4},  {0x4000'0400, apb1(1), 29, 16, 4},
                {0x4000'0800, apb1(2), 30, 16, 4},  {0x4000'0C00, apb1(3), 50, 32, 4},
                {0x4001'4000, apb2(16), 24, 16, 2}, {0x4001'4400, apb2(17), 25, 16, 1},
                {0x4001'4800, apb2(18), 26, 16, 1}};
  for (const auto& timer : timers) {
    const bool on_apb2 = timer.gate.enable_register == Rcc::kApb2Enable;
    timers_.push_back(std::make_unique<Tim>(chip_, Tim::Wiring{timer.irq, timer.bits, timer.channels, [this, on_apb2] {
                                                                 return on_apb2 ? rcc_.timer2_hz() : rcc_.timer1_hz();
                                                               }}));
    places_.push_back({timer.base, kPart, timers_.back().get(), timer.gate});
  }

  const Place others[] = {
      {kIwdgBase, kPart, &iwdg_, kAlways},
      {0x4000'4400, kPart, &usart2_, apb1(17)},
      {kPwrBase, kPart, &pwr_, apb1(28), false, true},
      {0x4001'1000, kPart, &usart1_, apb2(4)},
      {0x4001'1400, kPart, &usart6_, apb2(5)},
      {0x4001'2000, kPart, &adc_, apb2(8)},
      {0x4001'3800, kPart, &syscfg_, apb2(14)},
      {0x4001'3C00, kPart, &exti_, kAlways},
      {0x4002'3000, kPart, &crc_, ahb1(12)},
      {kRccBase, kPart, &rcc_, kAlways, true, true},
      {0x4002'6000, kPart, &dma1_, ahb1(21)},
      {0x4002'6400, kPart, &dma2_, ahb1(22)},
      {kDebugBase, kPart, &debug_, kAlways, true},
  };
  places_.insert(places_.end(), std::begin(others), std::end(others));
}

void Peripherals::connect_dma() {
  usart1_.use_dma(dma2_);
  usart2_.use_dma(dma1_);
  usart6_.use_dma(dma2_);
  adc_.use_dma(dma2_);
  dma1_.connect(5, 4, usart2_, Usart::kRxLine);
  dma1_.connect(6, 4, usart2_, Usart::kTxLine);
  dma2_.connect(2, 4, usart1_, Usart::kRxLine);
  dma2_.connect(5, 4, usart1_, Usart::kRxLine);
  dma2_.connect(7, 4, usart1_, Usart::kTxLine);
  dma2_.connect(1, 5, usart6_, Usart::kRxLine);
  dma2_.connect(2, 5, usart6_, Usart::kRxLine);
  dma2_.connect(6, 5, usart6_, Usart::kTxLine);
  dma2_.connect(7, 5, usart6_, Usart::kTxLine);
  dma2_.connect(0, 0, adc_, 0);
  dma2_.connect(4, 0, adc_, 0);
}

void Peripherals::add(uint32_t base, uint32_t size, Peripheral& model) {
  places_.push_back({base, size, &model, kAlways, false, true});
}

bool Peripherals::covers(uint32_t address) {
  return (address >= 0x4000'0000 && address < 0x6000'0000) || (address >= kDebugBase && address < kDebugBase + kPart);
}

const Peripherals::Place* Peripherals::find(uint32_t address) const {
  for (const Place& place : places_) {
    if (address - place.base < place.size) return &place;
  }
  return nullptr;
}

bool Peripherals::read_register(uint32_t address, uint32_t& value, unsigned size) {
  value = 0;
  if (const Place* place = find(address)) {
    if (rcc_.is_clocked(place->gate)) value = place->model->read(address - place->base, size);
    return true;
  }
  return std::any_of(std::begin(kBuses), std::end(kBuses),
                     [address](const auto& bus) { return address >= bus.base && address < bus.end; });
}

bool Peripherals::write_register(uint32_t address, uint32_t value, unsigned size) {
  const Place* place = find(address);
  if (place == nullptr) {
    uint32_t ignored = 0;
    return read_register(address, ignored, size);
  }
  if (!rcc_.is_clocked(place->gate)) return true;
  place->model->write(address - place->base, value, size);
  if (place->sets_clocks) check_clocks();
  return true;
}

bool Peripherals::read(uint32_t address, uint32_t& value, unsigned size) { return access(address, value, size, false); }
bool Peripherals::write(uint32_t address, uint32_t value, unsigned size) { return access(address, value, size, true); }

bool Peripherals::access(uint32_t address, uint32_t& value, unsigned size, bool is_write) {
  const Time before = next_event();
  advance();
  bool answered = false;
  if (address < kAliasBase || address >= kAliasEnd) {
    answered = is_write ? write_register(address, value, size) : read_register(address, value, size);
  } else {
    // Bit-band: the core reads the word, and to change the bit writes it back.
    const uint32_t offset = address - kAliasBase;
    const uint32_t place = kPeripheralBase + (offset >> 5 & ~3U);
    const unsigned bit = offset >> 2 & 31U;
    uint32_t word = 0;
    answered = read_register(place, word, 4);
    if (answered && is_write) answered = write_register(place, (word & ~(1U << bit)) | (value & 1U) << bit, 4);
    if (!is_write) value = word >> bit & 1U;
  }
  if (next_event() != before) chip_.reschedule();
  return answered;
}

void Peripherals::reset(ResetCause cause, bool hardware_watchdog) {
  trouble_.clear();
  rcc_.reset_for(cause);
  if (cause == ResetCause::kPowerOn) debug_.power_on();
  for (const Place& place : places_) {
    if (!place.has_own_reset) place.model->reset();
  }
  if (hardware_watchdog) iwdg_.start();
}

void Peripherals::reset_parts(uint32_t enable_register, uint32_t bits) {
  for (const Place& place : places_) {
    if (place.gate.enable_register == enable_register && (bits >> place.gate.bit & 1U) != 0) place.model->reset();
  }
}

Time Peripherals::next_event() const {
  Time next = kNever;
  for (const Place& place : places_) next = std::min(next, place.model->next_event());
  return next;
}

bool Peripherals::advance() {
  if (advancing_ || next_event() > chip_.now()) return false;
  advancing_ = true;
  for (;;) {
    const auto first = std::min_element(places_.begin(), places_.end(), [](const Place& left, const Place& right) {
      return left.model->next_event() < right.model->next_event();
    });
    const Time due = first->model->next_event();
    if (due > chip_.now()) break;
    first->model->advance();
    if (first->model->next_event() <= due) break;  // it does not move on: later
  }
  advancing_ = false;
  return true;
}

void Peripherals::advance_timers() {
  for (const auto& timer : timers_) timer->advance();
}

void Peripherals::check_clocks() {
  const auto wait_states = options_.wait_states ? std::optional(options_.wait_states()) : std::nullopt;
  std::string trouble = clock_trouble(rcc_, pwr_, wait_states);
  if (trouble == trouble_) return;
  trouble_ = std::move(trouble);
  if (!trouble_.empty() && options_.on_trouble) options_.on_trouble(trouble_);
}

}  // namespace virtual_board
