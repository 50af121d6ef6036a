#include "cert-templates/src/der_reader.h"

#include <algorithm>

namespace cert::der {
namespace {

using base::ErrorCode;
using base::fail;

constexpr int kMaxDepth = 24;  // a certificate is about ten deep

std::string at(const base::ByteView& whole, const base::ByteView& part) {
  return " at offset " + std::to_string(part.data() - whole.data());
}

std::optional<std::string> primitive_breach(const Element& element) {
  const base::ByteView content = element.content;
  switch (element.tag) {
    case kBoolean:
      if (content.size() != 1 || (content[0] != 0x00 && content[0] != 0xFF)) return "a BOOLEAN is neither 00 nor FF";
      break;
    case kInteger:
    case 0x0A:
      if (content.empty()) return "an INTEGER is empty";
      if (content.size() > 1 &&
          ((content[0] == 0x00 && content[1] < 0x80) || (content[0] == 0xFF && content[1] >= 0x80))) {
        return "an INTEGER is longer than it needs to be";
      }
      break;
    case kBitString:
      if (content.empty() || content[0] > 7 || (content.size() == 1 && content[0] != 0)) {
        return "a BIT STRING has a wrong count of unused bits";
      }
      if (content.size() > 1 && (content.back() & ((1U << content[0]) - 1)) != 0) {
        return "a BIT STRING has unused bits that are not zero";
      }
      break;
    case kNull:
      if (!content.empty()) return "a NULL has content";
      break;
    case kOid: {
      if (content.empty() || (content.back() & 0x80) != 0) return "an OBJECT IDENTIFIER ends too early";
      bool first = true;
      for (uint8_t octet : content) {
        if (first && octet == 0x80) return "an OBJECT IDENTIFIER has a padded arc";
        first = (octet & 0x80) == 0;
      }
      break;
    }
    default:
      break;
  }
  return std::nullopt;
}

// DER wants the elements of a SET OF in ascending order of their encodings, the shorter padded with zeros.
bool ascending(base::ByteView a, base::ByteView b) {
  return !std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end());
}

std::optional<std::string> breach_inside(base::ByteView whole, base::ByteView data, bool is_set, int depth) {
  if (depth > kMaxDepth) return "elements are nested too deeply" + at(whole, data);
  Reader reader(data);
  base::ByteView previous;
  base::ByteView rest = data;
  while (!reader.empty()) {
    auto element = reader.next();
    if (!element) {
      return std::string(element.error() == ErrorCode::kTruncated ? "an element ends after its container"
                                                                  : "a tag or length is not DER") +
             at(whole, rest);
    }
    if (is_set && !previous.empty() && !ascending(previous, element->whole)) {
      return "the elements of a SET are not in order" + at(whole, element->whole);
    }
    previous = element->whole;
    rest = rest.subspan(element->whole.size());
    const bool universal_constructed = (element->tag & 0xE0) == 0x20;
    if (universal_constructed && element->tag != kSequence && element->tag != kSet) {
      return "a string or other simple type is constructed" + at(whole, element->whole);
    }
    if ((element->tag & 0x20) != 0) {
      if (auto inner = breach_inside(whole, element->content, element->tag == kSet, depth + 1)) return inner;
    } else if (element->tag == kSequence - 0x20 || element->tag == kSet - 0x20) {
      return "a SEQUENCE or SET is not constructed" + at(whole, element->whole);
    } else if (auto breach = primitive_breach(*element)) {
      return *breach + at(whole, element->whole);
    }
  }
  return std::nullopt;
}

}  // namespace

base::Result<Element> Reader::next() {
  base::ByteReader in(data_);
  BASE_ASSIGN(const uint8_t tag, in.u8());
  if ((tag & 0x1F) == 0x1F) return fail(ErrorCode::kMalformed);
  BASE_ASSIGN(const uint8_t first, in.u8());
  size_t length = first;
  if (first >= 0x80) {
    const size_t octets = first & 0x7F;
    if (octets == 0 || octets > 4) return fail(ErrorCode::kMalformed);
    length = 0;
    for (size_t i = 0; i < octets; ++i) {
      BASE_ASSIGN(const uint8_t octet, in.u8());
      if (i == 0 && octet == 0) return fail(ErrorCode::kMalformed);
      length = (length << 8) | octet;
    }
    if (length < 0x80) return fail(ErrorCode::kMalformed);
  }
  const size_t header = data_.size() - in.rest().size();
  BASE_ASSIGN(const base::ByteView content, in.bytes(length));
  Element element{tag, content, data_.first(header + length)};
  data_ = in.rest();
  return element;
}

base::Result<Element> Reader::expect(uint8_t tag) {
  Reader trial = *this;
  BASE_ASSIGN(const Element element, trial.next());
  if (element.tag != tag) return fail(ErrorCode::kMalformed);
  *this = trial;
  return element;
}

base::Result<std::optional<Element>> Reader::optional(uint8_t tag) {
  if (empty() || peek() != tag) return std::optional<Element>();
  BASE_ASSIGN(const Element element, next());
  return std::optional<Element>(element);
}

base::Result<Element> read_single(base::ByteView data, uint8_t tag) {
  Reader reader(data);
  BASE_ASSIGN(const Element element, reader.expect(tag));
  if (!reader.empty()) return fail(ErrorCode::kMalformed);
  return element;
}

std::optional<std::string> find_breach(base::ByteView data) { return breach_inside(data, data, false, 0); }

}  // namespace cert::der
