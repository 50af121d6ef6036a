#include "crypto/small_aes.h"

#include <bit>
#include <cstring>

#include "base/secure.h"

namespace crypto {
namespace {

uint8_t g_sbox[256];  // all zeros until it is made: its first element is 0x63

// p runs through all elements but 0 as powers of 3, q through their inverses; then the affine map (FIPS 197 section 5.1.1).
void make_sbox() {
  uint8_t p = 1;
  uint8_t q = 1;
  do {
    p = static_cast<uint8_t>(p ^ (p << 1) ^ ((p & 0x80) != 0 ? 0x1B : 0));
    q = static_cast<uint8_t>(q ^ (q << 1));
    q = static_cast<uint8_t>(q ^ (q << 2));
    q = static_cast<uint8_t>(q ^ (q << 4));
    if ((q & 0x80) != 0) q ^= 0x09;
    const uint32_t doubled = q | q << 8;
    g_sbox[p] = static_cast<uint8_t>(0x63 ^ q ^ (doubled >> 4) ^ (doubled >> 5) ^ (doubled >> 6) ^ (doubled >> 7));
  } while (p != 1);
  g_sbox[0] = 0x63;
}

// A column's words hold its first byte in their lowest bits, whatever the machine's order.
void to_columns(uint32_t* words, size_t count) {
  if constexpr (std::endian::native == std::endian::big) {
    for (size_t i = 0; i < count; ++i) words[i] = std::byteswap(words[i]);
  }
}

// One column after SubBytes and ShiftRows: byte r of it comes from byte r of the r-th of these words.
uint32_t substitute(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return g_sbox[a & 0xFF] | static_cast<uint32_t>(g_sbox[b >> 8 & 0xFF]) << 8 |
         static_cast<uint32_t>(g_sbox[c >> 16 & 0xFF]) << 16 | static_cast<uint32_t>(g_sbox[d >> 24]) << 24;
}

// The four bytes of a column at once: 2a ^ 3b ^ c ^ d is 2(a ^ b) ^ b ^ c ^ d.
uint32_t mix_column(uint32_t word) {
  const uint32_t pairs = word ^ std::rotr(word, 8);
  const uint32_t doubled = (pairs & 0x7F7F7F7F) << 1 ^ (pairs >> 7 & 0x01010101) * 0x1B;
  return doubled ^ std::rotr(word, 8) ^ std::rotr(pairs, 16);
}

// The key schedule (FIPS 197 section 5.2) in a window of one key's length.
class Schedule {
 public:
  explicit Schedule(const SmallAesKey& key) : key_(key), mask_(key.count - 1) {}
  ~Schedule() { base::secure_wipe(&key_, sizeof key_); }
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  uint32_t next() {
    const uint32_t at = index_ & mask_;
    if (index_ > mask_) {
      uint32_t word = key_.words[(index_ - 1) & mask_];
      if (at == 0) {
        word = std::rotr(word, 8);
        word = substitute(word, word, word, word) ^ round_constant_;
        round_constant_ = round_constant_ << 1 ^ (round_constant_ >> 7) * 0x11B;
      } else if (at == 4) {
        word = substitute(word, word, word, word);
      }
      key_.words[at] ^= word;
    }
    ++index_;
    return key_.words[at];
  }

 private:
  SmallAesKey key_;
  const uint32_t mask_;
  uint32_t index_ = 0;
  uint32_t round_constant_ = 1;
};

}  // namespace

void small_aes_set_key(SmallAesKey& key, std::span<const uint8_t> bytes) {
  if (g_sbox[0] == 0) make_sbox();
  std::memcpy(key.words, bytes.data(), bytes.size());
  key.count = static_cast<uint32_t>(bytes.size() / 4);
  to_columns(key.words, key.count);
}

void small_aes_encrypt(const SmallAesKey& key, const uint8_t* in, uint8_t* out) {
  Schedule schedule(key);
  uint32_t state[4];
  uint32_t shifted[4];
  std::memcpy(state, in, sizeof state);
  to_columns(state, 4);
  for (uint32_t& word : state) word ^= schedule.next();
  for (uint32_t round = key.count + 6; round > 0; --round) {
    for (size_t i = 0; i < 4; ++i) {
      shifted[i] = substitute(state[i], state[(i + 1) % 4], state[(i + 2) % 4], state[(i + 3) % 4]);
    }
    for (size_t i = 0; i < 4; ++i) {
      const uint32_t word = round == 1 ? shifted[i] : mix_column(shifted[i]);
      state[i] = word ^ schedule.next();
    }
  }
  to_columns(state, 4);
  std::memcpy(out, state, sizeof state);
  base::secure_wipe(state, sizeof state);
  base::secure_wipe(shifted, sizeof shifted);
}

}  // namespace crypto
