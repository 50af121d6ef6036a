// What the images take of the RAM, measured: all that is static, the arena among it, and how deep the stack was seen to
// come in a full injection by the tool's own session and in a first boot with mutual TLS. cmake/firmware_sizes.txt has
// the gates.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/firmware/board_floor.h"
#include "tests/firmware/elf_symbols.h"

namespace test {
namespace {

using virtual_board::Board;

// One line of cmake/firmware_sizes.txt.
struct Sizes {
  uint32_t flash = 0, flash_gate = 0, static_ram = 0, stack = 0, ram_gate = 0;
};

Sizes sizes_of(const std::string& image) {
  std::ifstream file(FACTORY_LINE_SOURCE_DIR "/cmake/firmware_sizes.txt");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    Sizes sizes;
    if (words >> name && name == image &&
        words >> sizes.flash >> sizes.flash_gate >> sizes.static_ram >> sizes.stack >> sizes.ram_gate) {
      return sizes;
    }
  }
  throw std::runtime_error("cmake/firmware_sizes.txt does not name " + image);
}

class Memory {
 public:
  Memory(const std::string& image, const std::string& elf) : image_(image), symbols_(elf_symbols(elf)) {
    for (const auto& [name, symbol] : symbols_) {
      if (name.find("give_arena") != std::string::npos && symbol.address >= virtual_board::kSram.base) {
        arena_ = symbol.size;
      }
    }
  }

  void paint(Board& board) const { board.paint_sram(address("stack_bottom"), address("stack_top")); }

  // What `board` took since paint(), held against the gate.
  void expect_within_gate(const Board& board) const {
    const uint32_t bottom = address("stack_bottom");
    const uint32_t top = address("stack_top");
    const uint32_t stack = top - board.lowest_touched(bottom, top);
    // The stack is the lowest in SRAM, and everything else follows it.
    const uint32_t static_ram = address("bss_end") - top;
    const uint32_t total = static_ram + stack;
    const Sizes before = sizes_of(image_);
    std::printf("size: %s: RAM %u bytes (static %u, of it the arena %u; peak stack %u), gate %u, %d left\n",
                image_.c_str(), total, static_ram, arena_, stack, before.ram_gate,
                static_cast<int>(before.ram_gate - total));
    std::printf("size: %s: static RAM %+d, peak stack %+d bytes against firmware_sizes.txt\n", image_.c_str(),
                static_cast<int>(static_ram - before.static_ram), static_cast<int>(stack - before.stack));
    EXPECT_LE(total, before.ram_gate) << image_;
    // A program that ran had some, and one that filled all of it has run over it.
    EXPECT_GT(stack, 256U) << image_;
    EXPECT_LT(stack, top - bottom) << image_;
    EXPECT_GT(arena_, 0U) << image_;
  }

 private:
  [[nodiscard]] uint32_t address(const std::string& name) const { return symbols_.at(name).address; }

  std::string image_;
  std::map<std::string, ElfSymbol> symbols_;
  uint32_t arena_ = 0;
};

TEST(FirmwareMemory, AgentAndClientStayBelowTheirGates) {
  BoardFloor floor(11);
  const auto unit = floor.new_unit(AGENT_ELF, 11);
  Board& board = unit->board;
  const Memory agent("nucleo-f411re-agent", AGENT_ELF);
  board.power_on();
  agent.paint(board);
  unit->run_for(200 * virtual_board::kMillisecond);  // what comes before it listens is lost
  bench::VirtualLine line(board, 0);
  const auto injected = floor.inject(*unit, line);
  EXPECT_TRUE(injected.locked);
  EXPECT_EQ(injected.unit.state, db::UnitState::kProvisioned);
  agent.expect_within_gate(board);
  board.power_off();

  ASSERT_TRUE(board.flash_elf(CLIENT_ELF));
  const Memory client("nucleo-f411re-client", CLIENT_ELF);
  const FirstBoot boot = floor.boot(*unit, 0, [&] { client.paint(board); });
  EXPECT_EQ(boot.tls.substr(0, 5), "TLSv1") << "as the service takes no other, mutual";
  EXPECT_GT(boot.first_frame, boot.seeded);
  EXPECT_GT(boot.activated, boot.first_frame);
  client.expect_within_gate(board);
}

}  // namespace
}  // namespace test
