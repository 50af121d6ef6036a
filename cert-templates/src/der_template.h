// DER with gaps: everything that is the same for every unit is encoded once; the slots are filled in for each.
// Only the lengths of the elements that enclose a slot are computed anew.
#pragma once

#include <vector>

#include "base/host/bytes_host.h"

namespace cert {

class DerTemplate {
 public:
  // Opens an element; what follows up to close() is its content.
  void open(uint8_t tag);
  void close();
  // Complete encodings that never change.
  void fixed(base::ByteView der);
  // A place for bytes that are given to fill(). Slots are numbered from 0 in the order of these calls.
  size_t slot();

  [[nodiscard]] size_t slot_count() const { return slots_; }
  // The whole encoding; `values` has slot_count() entries, which are put in as they are.
  [[nodiscard]] base::Bytes fill(std::span<const base::ByteView> values) const;

 private:
  enum class Kind : uint8_t { kFixed, kSlot, kOpen, kClose };
  struct Step {
    Kind kind = Kind::kFixed;
    uint8_t tag = 0;
    size_t offset = 0;  // kFixed: into fixed_; kSlot: its number
    size_t size = 0;    // kFixed
  };

  base::Bytes fixed_;
  std::vector<Step> steps_;
  std::vector<size_t> open_;  // indices of the kOpen steps that are not closed yet
  size_t slots_ = 0;
};

}  // namespace cert
