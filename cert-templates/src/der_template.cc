#include "cert-templates/src/der_template.h"

#include <algorithm>
#include <cassert>

#include "cert-templates/src/der_writer.h"

namespace cert {

void DerTemplate::open(uint8_t tag) {
  open_.push_back(steps_.size());
  steps_.push_back({Kind::kOpen, tag, 0, 0});
}

void DerTemplate::close() {
  assert(!open_.empty());
  const size_t start = open_.back();
  open_.pop_back();
  const bool constant = std::all_of(steps_.begin() + static_cast<std::ptrdiff_t>(start) + 1, steps_.end(),
                                    [](const Step& step) { return step.kind == Kind::kFixed; });
  if (!constant) {
    steps_.push_back({Kind::kClose, 0, 0, 0});
    return;
  }
  // No slot inside: the element is folded into fixed bytes.
  base::Bytes content;
  for (size_t i = start + 1; i < steps_.size(); ++i) {
    der::append(content, base::ByteView(fixed_).subspan(steps_[i].offset, steps_[i].size));
  }
  const base::Bytes element = der::tlv(steps_[start].tag, content);
  if (start + 1 < steps_.size()) fixed_.resize(steps_[start + 1].offset);
  steps_.resize(start);
  fixed(element);
}

void DerTemplate::fixed(base::ByteView der) {
  if (der.empty()) return;
  if (!steps_.empty() && steps_.back().kind == Kind::kFixed) {
    steps_.back().size += der.size();
  } else {
    steps_.push_back({Kind::kFixed, 0, fixed_.size(), der.size()});
  }
  der::append(fixed_, der);
}

size_t DerTemplate::slot() {
  steps_.push_back({Kind::kSlot, 0, slots_, 0});
  return slots_++;
}

base::Bytes DerTemplate::fill(std::span<const base::ByteView> values) const {
  assert(open_.empty() && values.size() == slots_);
  size_t bound = fixed_.size() + steps_.size() * 6;  // a header has 6 octets at most
  for (base::ByteView value : values) bound += value.size();

  // From the end to the start: when an element is opened, the length of its content is known already.
  base::Bytes out(bound);
  size_t at = bound;
  auto put = [&](base::ByteView bytes) {
    at -= bytes.size();
    base::copy(base::MutableBytes(out).subspan(at), bytes);
  };
  std::vector<size_t> ends;
  base::Bytes header;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    switch (step->kind) {
      case Kind::kFixed:
        put(base::ByteView(fixed_).subspan(step->offset, step->size));
        break;
      case Kind::kSlot:
        put(values[step->offset]);
        break;
      case Kind::kClose:
        ends.push_back(at);
        break;
      case Kind::kOpen:
        header.clear();
        der::append_header(header, step->tag, ends.back() - at);
        ends.pop_back();
        put(header);
        break;
    }
  }
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(at));
  return out;
}

}  // namespace cert
