// The mutable records: two sectors, of which the newest complete one counts. When it is full the live records are
// copied into the other one under the next epoch. SPEC.md section 4.
#pragma once

#include "rot/otp_map.h"
#include "rot/sector_log.h"

namespace rot {

class StateStore {
 public:
  StateStore(Flash& flash, const std::array<size_t, 2>& sectors, OtpMap& otp, ByteView chip_id)
      : flash_(flash), sectors_(sectors), otp_(otp), chip_id_(chip_id), log_(flash) {}

  // Finds the newest complete sector; null where the chip never held one. Needs no key.
  // kStoreRollback: older than the OTP says, or erased; kStoreCorrupt: damaged; kLayoutVersion.
  Result<const SectorHeader*> look();
  // After look() found one: checks it with its key, recovers the log and finishes what an interrupted change of
  // sectors left undone. kStoreCorrupt: tampered with, or the wrong key.
  Status open(SivKey& key);
  void close() { log_.close(); }

  // Replaces the record of that name, atomically; formats a blank chip first. With a `quota`, the live records
  // may afterwards take that many bytes at most. kStoreFull (the old record stays), kItemTooLarge, kFlash*.
  Status put(const RecordName& name, uint8_t flags, ValueSource& value, SivKey& key, size_t quota = SIZE_MAX);
  // Copies the live records into the other sector, under `next_key` and with the shares of `next`.
  Status move(const SectorHeader& from, SivKey& key, SivKey& next_key);

  [[nodiscard]] SectorLog& log() { return log_; }
  [[nodiscard]] bool is_blank() const { return blank_; }

 private:
  Status start(SivKey& key);
  Status complete(SectorLog& next);
  Status settle(bool confirmed);
  base::SizeResult live_bytes(const RecordName& without);
  Status compact(SivKey& key);

  Flash& flash_;
  std::array<size_t, 2> sectors_;
  OtpMap& otp_;
  ByteView chip_id_;
  SectorLog log_;
  size_t newest_ = 0;  // index into sectors_
  std::array<SectorLog::Probe, 2> probes_;
  bool blank_ = true;
};

}  // namespace rot
