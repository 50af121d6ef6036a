// A chip in memory, for tests: flash and OTP with the semantics of the real thing, a power switch that cuts at a
// chosen operation, worn cells, counters and snapshots. Every random choice comes from one seed, so a failure
// is replayed by giving the seed and the operation again.
//
//   ram::Chip chip({.sector_sizes = {4096, 4096, 4096}, .write_unit = 4}, seed);
//   chip.cut_at(17, ram::Cut::kTorn);     // the 18th operation from now is cut in the middle
//   Rot rot(chip.otp(), chip.flash(), layout, id);
//   ...                                   // fails with kFlashPowerLost from that operation on
//   chip.power_on();                      // what was written is still there; a new Rot mounts it
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rot/flash.h"
#include "rot/otp.h"

namespace rot::ram {

// How the operation that is cut ends. In each case it, and every later call, returns kFlashPowerLost.
enum class Cut : uint8_t {
  kWhole,     // it is done, only nobody learns of it
  kTorn,      // a random part of its bits is done: of the unit or word being programmed, of the sector being erased
  kUnstable,  // as kTorn, and some of the other bits read differently each time until they are written again
};

struct Geometry {
  std::vector<size_t> sector_sizes{16384, 16384, 16384};  // bytes
  size_t write_unit = 4;                                  // bytes: 1, 2, 4 or 8
};

// Everything that outlives a power cut.
struct Image {
  struct Sector {
    std::vector<uint8_t> data;
    std::vector<uint8_t> unstable;  // bits that read at random; empty: none
    bool is_protected = false;
  };
  std::vector<Sector> sectors;
  std::array<uint8_t, Otp::kBlockSize * Otp::kBlockCount> otp;
  std::array<uint8_t, Otp::kBlockSize * Otp::kBlockCount> otp_unstable;
  std::array<bool, Otp::kBlockCount> otp_locked;
};

struct Counters {
  uint64_t operations = 0;  // everything below that changes the chip, in the numbering of cut_at()
  uint64_t reads = 0;
  uint64_t units_programmed = 0;
  uint64_t sectors_erased = 0;
  uint64_t otp_words = 0;
  uint64_t locks = 0;       // sectors protected and OTP blocks locked
};

class Chip {
 public:
  explicit Chip(Geometry geometry = {}, uint64_t seed = 1);
  Chip(const Chip&) = delete;
  Chip& operator=(const Chip&) = delete;

  [[nodiscard]] Flash& flash() { return flash_; }
  [[nodiscard]] Otp& otp() { return otp_; }

  // ---- power ----
  // Cuts the power at the operation number `after` from now, 0 being the next one. An operation is one unit
  // programmed, one sector erased, one OTP word programmed, or one lock or protection set.
  void cut_at(uint64_t after, Cut how);
  void never_cut() { cut_at_.reset(); }
  [[nodiscard]] bool is_off() const { return off_; }
  // Power back, and no further cut planned.
  void power_on();
  // Restarts the random choices, so that one case of a campaign does not depend on those before it.
  void reseed(uint64_t seed) { random_ = seed * 2 + 1; }

  // ---- wear and failures ----
  // A worn sector: each program leaves a random bit undone (kFlashProgram), each erase fails (kFlashErase).
  void wear_out(size_t sector, bool worn = true) { worn_[sector] = worn; }
  // The next `count` programs that touch [from, to) of `sector` change some of the bits and fail with kFlashProgram.
  void fail_programs(size_t sector, size_t from, size_t to, uint64_t count);
  // Every call fails with kFlashIo, as when the file or bus behind the storage is gone.
  void fail_io(bool failing) { io_failing_ = failing; }

  // ---- looking at it ----
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] uint64_t erases(size_t sector) const { return erases_[sector]; }
  [[nodiscard]] Image snapshot() const { return image_; }
  void restore(const Image& image) { image_ = image; }
  // The cells themselves, for tests that tamper with them.
  [[nodiscard]] Image& image() { return image_; }

 private:
  class RamFlash final : public Flash {
   public:
    explicit RamFlash(Chip& chip) : chip_(chip) {}
    size_t sector_count() const override;
    size_t sector_size(size_t sector) const override;
    size_t write_unit() const override;
    Status read(size_t sector, size_t offset, MutableBytes out) override;
    Status program(size_t sector, size_t offset, ByteView data) override;
    Status erase(size_t sector) override;
    Status protect(size_t sector) override;
    Result<bool> is_protected(size_t sector) override;

   private:
    Status program_unit(size_t sector, size_t offset, ByteView data);
    Chip& chip_;
  };
  class RamOtp final : public Otp {
   public:
    explicit RamOtp(Chip& chip) : chip_(chip) {}
    Status read(size_t offset, MutableBytes out) override;
    Status program_word(size_t offset, uint32_t word) override;
    Status lock_block(size_t block) override;
    Result<bool> is_locked(size_t block) override;

   private:
    Chip& chip_;
  };
  struct Failure {
    size_t sector, from, to;
    uint64_t count;
  };

  uint64_t random();
  Status usable() const;
  // Counts one operation; says how it is cut, if it is.
  std::optional<Cut> begin_operation();
  // Clears the zero bits of `data`, all of them or a random part.
  void clear_bits(MutableBytes cells, MutableBytes unstable, ByteView data, std::optional<Cut> cut);

  Geometry geometry_;
  Image image_;
  RamFlash flash_{*this};
  RamOtp otp_{*this};
  Counters counters_;
  std::vector<uint64_t> erases_;
  std::vector<bool> worn_;
  std::vector<Failure> failures_;
  std::optional<uint64_t> cut_at_;  // in counters_.operations
  Cut cut_ = Cut::kWhole;
  uint64_t random_ = 1;
  bool off_ = false;
  bool io_failing_ = false;
};

}  // namespace rot::ram
