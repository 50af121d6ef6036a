// Strict reading of DER (X.690 sections 8 to 11): single-octet tags, definite and minimal lengths only.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "cert-templates/src/der_writer.h"

namespace cert::der {

struct Element {
  uint8_t tag = 0;
  base::ByteView content;
  base::ByteView whole;  // with tag and length
};

class Reader {
 public:
  explicit Reader(base::ByteView data) : data_(data) {}

  // The next element. kTruncated: it ends too early; kMalformed: a multi-octet tag, or a length that is not DER.
  [[nodiscard]] base::Result<Element> next();
  // The next element, which must have `tag`. kMalformed: another tag.
  [[nodiscard]] base::Result<Element> expect(uint8_t tag);
  // Nothing where the next element has another tag or there is none.
  [[nodiscard]] base::Result<std::optional<Element>> optional(uint8_t tag);

  [[nodiscard]] bool empty() const { return data_.empty(); }
  [[nodiscard]] uint8_t peek() const { return data_.empty() ? 0 : data_[0]; }

 private:
  base::ByteView data_;
};

// One element that fills `data` to the end.
[[nodiscard]] base::Result<Element> read_single(base::ByteView data, uint8_t tag);

// The first breach of DER inside `data` in words, or nothing: lengths, BOOLEAN, INTEGER, BIT STRING, OBJECT
// IDENTIFIER, NULL and SET OF order. Octet strings are opaque.
[[nodiscard]] std::optional<std::string> find_breach(base::ByteView data);

}  // namespace cert::der
